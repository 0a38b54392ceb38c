internal import Capture
internal import Live

/// Pictures of a label being taken from a source.
struct Collection {
  /// Seconds from one picture to the next: twenty take some seconds, in which things are turned about.
  static let pause = 0.2
  /// Seconds after which a frame that looked like the last picture is followed by another look.
  static let pauseAfterAlike = 0.05

  let label: String
  let source: Int
  let wanted: Int
  /// Seconds without a new picture after which it ends.
  let patience: Double
  private(set) var taken = 0
  /// Frames passed over since they looked like the last picture.
  private(set) var alike = 0
  /// Frames that are no complete image.
  private(set) var damaged = 0
  /// Why it has ended; nil while it goes on.
  private(set) var ending: String?
  /// The change that the pictures are a part of.
  var change: Int?
  /// Whether a frame is being looked at.
  private var isBusy = false
  private var next = MonotonicTime.now
  private(set) var deadline: MonotonicTime
  var scene = PictureCheck.Scene()

  init(label: String, source: Int, wanted: Int, patience: Double) {
    self.label = label
    self.source = source
    self.wanted = wanted
    self.patience = patience
    deadline = .now + patience
  }

  /// Whether it wants a frame of a source now.
  func wantsFrame(of source: Int) -> Bool {
    ending == nil && !isBusy && source == self.source && next <= .now
  }

  /// Takes a frame to look at.
  mutating func begin() { isBusy = true }

  /// What came of the frame.
  mutating func finish(_ finding: PictureCheck.Finding) {
    isBusy = false
    switch finding {
    case .new:
      taken += 1
      next = .now + Self.pause
      deadline = .now + patience
      if taken == wanted { end("done") }
    case .alike:
      alike += 1
      next = .now + Self.pauseAfterAlike
    case .damaged: damaged += 1
    }
  }

  /// Ends it, unless it has.
  mutating func end(_ reason: String) { ending = ending ?? reason }
}
