package import Capture
package import Classification
package import Imaging

/// Takes what is seen and found: a printer, a server, a command to run.
///
/// All calls come from the loop's thread, and none may wait for long, but for the last sink's: frames pass
/// meanwhile. A sink implements what it is interested in.
package protocol Sink: AnyObject {
  /// Before the first frame; false ends the program.
  func start() -> Bool
  /// Something happened to a source, which is meant by its index.
  func note(_ event: LiveEvent, of source: Int)
  /// Another model answers from now on, with these label sets.
  func modelReplaced(_ sets: [LabelSet])
  /// Whether `show` should be called for frames of a source: somebody looks at them.
  func wantsFrames(of source: Int) -> Bool
  /// A frame that has come and will be classified now, or skipped.
  func show(_ frame: ShownFrame, of source: Int)
  /// What was found in a frame, and the answer if it is another one than before; false ends the program.
  func take(_ record: Record, of source: Int, change: Answer?) -> Bool
  /// When `step` should be called even though nothing happened.
  var deadline: MonotonicTime? { get }
  /// A file whose other end may go away: `step` is called when it does; -1 for none.
  var peer: Int32 { get }
  /// Called often: does what is due; false ends the program.
  func step() -> Bool
  /// The end. May wait, unless the program was interrupted.
  func finish(_ reports: [SourceReport], isInterrupted: () -> Bool)
}

extension Sink {
  /// Nothing to prepare.
  package func start() -> Bool { true }
  /// Not interested.
  package func note(_ event: LiveEvent, of source: Int) {}
  /// Not interested.
  package func modelReplaced(_ sets: [LabelSet]) {}
  /// Nobody looks.
  package func wantsFrames(of source: Int) -> Bool { false }
  /// Not interested.
  package func show(_ frame: ShownFrame, of source: Int) {}
  /// Not interested.
  package func take(_ record: Record, of source: Int, change: Answer?) -> Bool { true }
  /// Never.
  package var deadline: MonotonicTime? { nil }
  /// None.
  package var peer: Int32 { -1 }
  /// Nothing is ever due.
  package func step() -> Bool { true }
  /// Nothing to end.
  package func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) {}
}

/// What happens to a source besides its records.
package enum LiveEvent: Sendable {
  /// It says something of itself.
  case source(SourceEvent)
  /// A frame was not classified since it looks like the one before; so many passed before it.
  case still(dropped: Int)
  /// It is this part of its frames that is looked at from now on.
  case looks(LookedAt)
  /// No more frames will come.
  case ended
}

/// A frame to look at.
package struct ShownFrame: Sendable {
  /// Its number.
  package var sequence: UInt32
  /// When it was, by the clock that counts: a recording's own, or ours.
  package var time: MonotonicTime
  /// What it shows.
  package var content: Content
  /// The part that a photo of it has to show for the model to see the same in it; nil for all of it.
  package var part: ImageRegion?

  /// What a frame shows.
  package enum Content: Sendable {
    /// The camera's own file.
    case jpeg([UInt8])
    /// Where the camera sends no files.
    case pixels(Image)

    /// The memory that it takes, in bytes.
    package var bytes: Int {
      switch self {
      case .jpeg(let file): file.count
      case .pixels(let image): image.pixels.count
      }
    }

    /// A JPEG file: the camera's own, else one of this quality, 1 to 100.
    ///
    /// - Throws: when the image cannot be compressed.
    package func file(quality: Int) throws(ImageError) -> [UInt8] {
      switch self {
      case .jpeg(let bytes): bytes
      case .pixels(let image): try JPEGEncoder().encode(image, quality: quality)
      }
    }

    /// A JPEG file of a part of it, which is compressed anew with this quality.
    ///
    /// - Throws: when the camera's file is broken, or the image cannot be compressed.
    package func file(of part: ImageRegion, quality: Int) throws(ImageError) -> [UInt8] {
      let image: Image
      switch self {
      case .jpeg(let bytes):
        var decoder = ImageDecoder()
        image = try decoder.decode(bytes).image
      case .pixels(let pixels): image = pixels
      }
      return try JPEGEncoder().encode(image.part(part), quality: quality)
    }
  }

  /// A frame.
  package init(
    sequence: UInt32, _ content: Content, part: ImageRegion? = nil, at time: MonotonicTime = .now
  ) {
    self.sequence = sequence
    self.content = content
    self.part = part
    self.time = time
  }
}

/// What became of a source's frames, at the end.
package struct SourceReport: Sendable, Equatable {
  /// What the user calls it.
  package var name: String
  /// How long it was watched, in seconds.
  package var seconds: Double
  /// Frames classified.
  package var classified: Int
  /// Frames skipped since nothing had changed; nil when that was not asked for.
  package var still: Int?
  /// Frames that passed unclassified.
  package var dropped: Int
  /// What went wrong.
  package var faults: [Record.FaultCount]
  /// What was odd about frames that were shown all the same.
  package var oddities: [Record.FaultCount] = []
}
