import Basics
import Classification
import Live

extension ClassifyCommand {
  /// Loads the model again whenever `watch` says so, and hands it to `install`; the service manager is told, if there is one.
  ///
  /// The old one goes on answering: for a while there are two in memory.
  func reload(
    on watch: FileWatch, _ service: ServiceManager?,
    _ install: @escaping @Sendable (Classifier) -> Void
  ) throws {
    try watch.start { [self] in
      service?.beginReload()
      defer { service?.endReload() }
      do {
        install(try makeClassifier())
      } catch {
        Message.say(
          "the old model stays, since the new one cannot be used: \(Failure.text(of: error))")
      }
    }
  }
}

/// Says that the model was replaced.
final class ModelLog: Sink {
  private let path: String

  /// Of the model at `path`.
  init(path: String) { self.path = path }

  func modelReplaced(_ sets: [LabelSet]) {
    let count = sets.reduce(0) { $0 + $1.labels.count }
    Message.say("\(path): replaced, now \(Decimal.counted(count, "label"))")
  }
}
