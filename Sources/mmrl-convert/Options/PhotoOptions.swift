import ArgumentParser
import Imaging

/// Which files of folders are images, and how large they may be.
struct PhotoOptions: ParsableArguments {
  @Flag(help: "Look into files without a known ending.")
  var allFiles = false

  @Option(
    help: ArgumentHelp(
      "Refuse larger images; else \(ImageDecoder.usualPixelLimit / 1_000_000).", valueName: "n"))
  var maxMegapixels: Int?

  func validate() throws {
    if let maxMegapixels, !(1...1_000_000).contains(maxMegapixels) {
      throw ValidationError("--max-megapixels takes 1 to 1000000.")
    }
  }

  /// What is done with the files.
  var access: ImageAccess {
    ImageAccess(
      looksIntoAll: allFiles,
      pixelLimit: maxMegapixels.map { $0 * 1_000_000 } ?? ImageDecoder.usualPixelLimit)
  }
}
