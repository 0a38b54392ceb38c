package import Capture
package import Classification

/// How frames become records and decisions.
package struct LiveConfiguration: Sendable {
  /// What a record has of the scores.
  package var style = RecordStyle()
  /// Seconds after which a score counts half in the average over time; nil for no average.
  package var halfLife: Double?
  /// By how much a new label's score must exceed the old one's to count as a change.
  package var hysteresis: Float = 0.05
  /// Seconds between two frames of a source that are classified; nil for as many as can be.
  package var interval: Double?
  /// Whether frames that look like the last one classified are skipped.
  package var skipsStill = false

  /// Every frame by itself.
  package init() {}
}

/// A camera or stream to open.
package enum SourceConfiguration: Sendable {
  /// A camera, and what of its modes is wanted.
  case camera(String, size: FrameSize? = nil, rate: Double? = nil, code: FourCC? = nil)
  /// A stream; all of its frames or the newest.
  case stream(String, StreamSource.Content = .jpeg, everyFrame: Bool = false)

  /// What it is called in records.
  package var name: String {
    switch self {
    case .camera(let path, _, _, _): path
    case .stream(let path, _, _): path == "-" ? "stdin" : path
    }
  }

  /// Opens it for a model whose input has sides of `shortEdge` pixels.
  ///
  /// - Throws: why it cannot be used.
  func open(
    shortEdge: Int, onEvent: @escaping (SourceEvent) -> Void
  ) throws(CameraError) -> any FrameSource {
    switch self {
    case .camera(let path, let size, let rate, let code):
      try CameraSource(
        path: path,
        request: ModeRequest(shortEdge: shortEdge, size: size, rate: rate, code: code),
        onEvent: onEvent)
    case .stream(let path, let content, let everyFrame):
      try StreamSource(
        path: path, content: content, shortEdge: shortEdge, everyFrame: everyFrame,
        onEvent: onEvent)
    }
  }
}
