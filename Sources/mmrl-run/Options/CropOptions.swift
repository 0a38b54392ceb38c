import ArgumentParser
import Basics
import Classification
import Imaging
import Live

/// What part of images is looked at.
struct CropOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look at this part only: in fractions or, of a camera, pixels; of one of several: SOURCE=...",
      valueName: "x,y,w,h"),
    transform: CropRequest.init(text:))
  var crop: [CropRequest] = []

  func validate() throws {
    guard crop.count(where: { $0.source == nil }) <= 1 else {
      throw ValidationError("There can be one --crop without a SOURCE=.")
    }
    let names = crop.compactMap(\.source)
    guard Set(names).count == names.count else {
      throw ValidationError("There can be one --crop for each SOURCE.")
    }
  }

  /// The part of images in files; nil for what the model says.
  ///
  /// - Throws: `ValidationError` when it is not the same for all images.
  func region() throws -> ImageRegion? {
    guard let request = crop.first else { return nil }
    guard crop.count == 1, request.source == nil else {
      throw ValidationError("SOURCE= in --crop is about a --camera or a --stream.")
    }
    guard case .fractions(let region) = request.part else {
      throw ValidationError(
        "--crop in pixels is about a --camera or a --stream; of images, which have sizes of their own, it takes "
          + "fractions, as 0.25,0.25,0.5,0.5.")
    }
    return region
  }

  /// The parts of sources of these names.
  ///
  /// - Throws: `ValidationError` when one is named that is not there.
  func parts(of sources: [String]) throws -> FrameParts {
    var parts = FrameParts()
    for request in crop {
      guard let source = request.source else {
        parts.usual = request.part
        continue
      }
      guard sources.contains(source) else {
        throw ValidationError(
          "--crop \(source)=...: no source is called so, only \(sources.joined(separator: ", ")).")
      }
      parts.ofSource[source] = request.part
    }
    return parts
  }
}

extension CropOptions {
  /// Says that the model learnt from another part of its photos than is looked at.
  static func say(_ region: ImageRegion, besides learnt: ImageRegion?) {
    guard let remark = LookedAt(region: region, learnt: learnt).remark else { return }
    Message.say("\(remark) (--crop)")
  }
}

/// A part, and of which source.
struct CropRequest {
  /// Nil for all.
  let source: String?
  let part: FramePart

  /// From `x,y,w,h` or `SOURCE=x,y,w,h`.
  init(text: String) throws {
    // Addresses may have a = of their own.
    let equals = text.lastIndex(of: "=")
    source = equals.map { String(text[..<$0]) }
    let rest = equals.map { text[text.index(after: $0)...] } ?? text[...]
    guard source != "" else { throw ValidationError("A SOURCE has a name.") }
    if let region = ImageRegion(rest) {
      part = .fractions(region)
      return
    }
    let pixels = rest.split(separator: ",", omittingEmptySubsequences: false).compactMap {
      Int($0).flatMap { (0..<65536).contains($0) ? $0 : nil }
    }
    guard pixels.count == 4, pixels[2] > 0, pixels[3] > 0 else {
      throw ValidationError(
        "It is left, top, width and height: fractions inside 0 to 1, the sides \(ImageRegion.leastSide) or more, as "
          + "0.25,0.25,0.5,0.5, or whole pixels of a camera's frames, as 320,0,640,480.")
    }
    part = .pixels(PixelBox(top: pixels[1], left: pixels[0], height: pixels[3], width: pixels[2]))
  }
}
