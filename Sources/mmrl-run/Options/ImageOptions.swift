import ArgumentParser
import Basics
import Classification
import Imaging

/// Which files are classified, and where the results go.
struct ImageOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Go into the folders of folders.")
  var recursive = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write to a file, which appears when it is complete.", valueName: "file"))
  var output: String?

  func validate() throws {
    guard output != "" else { throw ValidationError("--output takes the name of a file.") }
  }

  /// The options that were used.
  var given: [String] {
    [(recursive, "--recursive"), (output != nil, "--output")].filter(\.0).map(\.1)
  }
}

/// How image files are classified.
struct PipelineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Images in a forward pass, at most (default: 1).", valueName: "count"))
  var batch: Int?

  func validate() throws {
    if let batch, !(1...256).contains(batch) {
      throw ValidationError("--batch takes 1 to 256.")
    }
  }

  /// The options that were used.
  var given: [String] {
    [(batch != nil, "--batch")].filter(\.0).map(\.1)
  }
}

/// Which files of folders are images, and how they are read.
struct ReadingOptions: ParsableArguments {
  @Flag(help: "Look into files whose names do not say what they are.")
  var allFiles = false

  @Option(
    help: ArgumentHelp(
      "Refuse larger images (default: \(ImageDecoder.usualPixelLimit / 1_000_000)).",
      valueName: "n"))
  var maxMegapixels: Int?

  /// While that leaves twice the model's input, scores change no more than by a shift of a pixel.
  @Flag(
    inversion: .prefixedNo, help: "Decode large JPEG files smaller: scores change little.")
  var fastDecode = true

  func validate() throws {
    if let maxMegapixels, !(1...1_000_000).contains(maxMegapixels) {
      throw ValidationError("--max-megapixels takes 1 to 1000000.")
    }
  }

  /// The options that were used.
  var given: [String] {
    [
      (allFiles, "--all-files"), (maxMegapixels != nil, "--max-megapixels"),
      (!fastDecode, "--no-fast-decode"),
    ].filter(\.0).map(\.1)
  }

  /// How files are read.
  var reading: ImageReading {
    var reading = ImageReading()
    if let maxMegapixels { reading.pixelLimit = maxMegapixels * 1_000_000 }
    reading.isScaled = fastDecode
    reading.remedy = { error in
      guard case .tooLarge = error else { return nil }
      return "--max-megapixels raises it"
    }
    return reading
  }

  /// Says which files of folders were left out though they may be images.
  static func say(_ leftOut: UnclearFiles) {
    if leftOut.count > 0 { Message.say("\(leftOut); --all-files looks into them") }
  }
}
