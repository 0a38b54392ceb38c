internal import Basics
internal import Synchronization

extension Teacher {
  /// Learns on a thread of its own.
  ///
  /// - Throws: when it is learning already.
  package func startLearning() throws(TeachingError) {
    let isFree = state.withLock { state in
      guard state.learning == nil else { return false }
      state.learning = (0, 0)
      return true
    }
    guard isFree else { throw TeachingError(.conflict, "it is learning already") }
    do throws(SystemError) {
      try DetachedThread.start { [self] in learnAgain() }
    } catch {
      state.withLock { $0.learning = nil }
      throw TeachingError(.system, "\(error)")
    }
  }

  /// Learns on the calling thread, as soon as nobody else does: there are other photos now, or another base model.
  package func learnAgain() {
    isLearning.when({ !$0 }) { $0 = true }
    state.withLock { $0.learning = (0, 0) }
    learnNow()
    state.withLock { $0.learning = nil }
    isLearning.with { $0 = false }
  }

  /// Does what of learning can be done beforehand, unless somebody learns.
  func prepare() {
    let isFree = isLearning.with { isLearning in
      defer { isLearning = true }
      return !isLearning
    }
    guard isFree else { return }
    do {
      try DetachedThread.start { [self] in
        learning.prepare()
        isLearning.with { $0 = false }
      }
    } catch {
      isLearning.with { $0 = false }
    }
  }

  func learnNow() {
    let revision = store.with { store in
      _ = try? store.labels()
      return store.revision
    }
    do {
      let lesson = try learning.learn { done, total in
        state.withLock { $0.learning = (done, total) }
      }
      state.withLock { state in
        state.lesson = lesson
        state.error = nil
        state.learnt = revision
      }
    } catch {
      let text = learning.text(error)
      state.withLock { $0.error = text }
    }
  }
}
