package import Capture
package import Classification
internal import HTTPCapture

/// How frames become records and decisions.
package struct LiveConfiguration: Sendable {
  /// What a record has of the scores.
  package var style = RecordStyle()
  /// Seconds after which a score counts half in the average over time; nil for no average.
  package var halfLife: Double?
  /// By how much a new label's score must exceed the old one's to count as a change.
  package var hysteresis: Float = 0.05
  /// How long another answer must come before it counts as a change.
  package var hold = LabelDecision.Hold.frames(1)
  /// Names of labels, or `unknown`, that never count as a change; a model need not have them.
  package var ignored: [String] = []
  /// Seconds between two frames of a source that are classified; nil for as many as can be.
  package var interval: Double?
  /// Whether frames that look like the last one classified are skipped.
  package var skipsStill = false
  /// What part of the sources' frames is looked at.
  package var parts = FrameParts()
  /// What a source is called; nil for what it calls itself.
  package var name: String?
  /// Labels that count; all, if none is named.
  package var labels: [String] = []
  /// Scores below which labels are not answered, besides those of the classifier.
  package var thresholds: [(label: String, score: Float)] = []

  /// Every frame by itself.
  package init() {}
}

/// A camera or stream to open.
package enum SourceConfiguration: Sendable {
  /// A camera, and what of its modes is wanted; or an address or a video, of which they are not asked.
  case camera(String, size: FrameSize? = nil, rate: Double? = nil, code: FourCC? = nil)
  /// A stream; all of its frames or the newest.
  case stream(String, StreamSource.Content = .jpeg, everyFrame: Bool = false)

  /// What it is called in records.
  package var name: String {
    let path =
      switch self {
      case .camera(let path, _, _, _), .stream(let path, _, _): path
      }
    return URLAddress(path)?.name ?? (path == "-" ? "stdin" : path)
  }

  /// Opens it for a model whose input needs a short edge of `shortEdge` pixels; nil for all that its frames have.
  ///
  /// - Throws: why it cannot be used.
  func open(
    shortEdge: Int?, onEvent: @escaping (SourceEvent) -> Void
  ) throws(CameraError) -> any FrameSource {
    switch self {
    case .camera(let path, let size, let rate, let code):
      if let source = try Self.feed(path, shortEdge, everyFrame: false, onEvent) { return source }
      return try CameraSource(
        path: path,
        request: ModeRequest(shortEdge: shortEdge, size: size, rate: rate, code: code),
        onEvent: onEvent)
    case .stream(let path, let content, let everyFrame):
      if content == .jpeg,
        let source = try Self.feed(path, shortEdge, everyFrame: everyFrame, onEvent)
      {
        return source
      }
      return try StreamSource(
        path: path, content: content, shortEdge: shortEdge, everyFrame: everyFrame,
        onEvent: onEvent)
    }
  }

  /// What a name means that is neither a device nor bytes that we read ourselves; nil for those.
  private static func feed(
    _ name: String, _ shortEdge: Int?, everyFrame: Bool,
    _ onEvent: @escaping (SourceEvent) -> Void
  ) throws(CameraError) -> FeedSource? {
    let feed: any FrameFeed
    var substitute: ((FrameIntake.Foreign) throws(CameraError) -> any FrameFeed)?
    var shown = name
    switch StreamAddress(name) {
    case .bytes: return nil
    case .video(let path): feed = try FFmpegFeed(file: path, shortEdge: shortEdge)
    case .url(let url):
      shown = url.name
      // The answer says whether it is a recording; a playlist needs no question.
      if url.scheme == "http", !StreamAddress.isPlaylist(url.path) {
        feed = HTTPFeed(url)
        substitute = { (foreign) throws(CameraError) in
          try FFmpegFeed(
            url: foreign.address ?? url, isRecording: foreign.isRecording, shortEdge: shortEdge)
        }
      } else {
        feed = try FFmpegFeed(url: url, shortEdge: shortEdge)
      }
    }
    return try FeedSource(
      name: shown, feed: feed, substitute: substitute, shortEdge: shortEdge,
      everyFrame: everyFrame, onEvent: onEvent)
  }
}
