package import Imaging
internal import Synchronization

/// What part of a source's frames is looked at.
package enum FramePart: Sendable, Equatable {
  /// In fractions of the sides.
  case fractions(ImageRegion)
  /// Pixels of frames as they come.
  case pixels(PixelBox)
}

extension Preprocessing {
  /// The short edge that frames need of which a part is looked at, or what the model says where none was asked for; nil for all
  /// that they have: pixels can only be counted in frames that were not made smaller.
  func shortEdge(of part: FramePart?) -> Int? {
    switch part {
    case nil: return wholeShortEdge
    case .fractions(let region):
      var preprocessing = self
      preprocessing.region = region
      return preprocessing.wholeShortEdge
    case .pixels: return nil
    }
  }
}

/// The parts that were asked for.
package struct FrameParts: Sendable, Equatable {
  /// Of sources that ``ofSource`` does not name; nil for what the model says.
  package var usual: FramePart?
  /// By what the user calls the source.
  package var ofSource: [String: FramePart] = [:]

  /// What the model says.
  package init() {}

  /// The part of a source that was asked for.
  func part(of source: String) -> FramePart? { ofSource[source] ?? usual }
}

/// The part of a source's frames that is looked at now.
package struct LookedAt: Sendable, Equatable {
  /// The part; the whole picture is one, too.
  package var region: ImageRegion
  /// The part of its photos that the model learnt from; nil where it learnt from all of them.
  package var learnt: ImageRegion?

  /// A part.
  package init(region: ImageRegion, learnt: ImageRegion? = nil) {
    self.region = region
    self.learnt = learnt
  }

  /// That the model learnt from another part than this one; nil where it did not.
  package var remark: String? {
    guard let learnt, learnt != region else { return nil }
    return "the model learnt from the part \(learnt) of its photos, and looks at \(region) now"
  }
}

/// Other parts that are asked for while frames are looked at, from any thread; the loop takes them before the next frame.
package final class PartRequests: Sendable {
  private struct State {
    /// By the index of the source; what the loop has yet to take, and all that were ever asked for.
    var waiting: [Int: ImageRegion] = [:]
    var last: [Int: ImageRegion] = [:]
  }

  private let state = Mutex(State())
  private let wake: @Sendable () -> Void

  /// None yet; `wake` wakes the loop.
  package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  /// Asks for a part of a source's frames.
  package func ask(for region: ImageRegion, of source: Int) {
    state.withLock { state in
      state.waiting[source] = region
      state.last[source] = region
    }
    wake()
  }

  /// The last part that was asked for of each source, by its index.
  package var last: [Int: ImageRegion] { state.withLock(\.last) }

  /// Takes those that wait.
  func take() -> [Int: ImageRegion] {
    state.withLock { state in
      defer { state.waiting = [:] }
      return state.waiting
    }
  }
}
