import Imaging

/// Turns a source's frames into RGB; keeps its buffers from frame to frame.
struct FrameDecoder: ~Copyable {
  /// For formats that are not ours; belongs to the open device.
  var converter: ForeignConverter?
  /// Whether `jpeg` is wanted of frames to come.
  var keepsJPEG = false
  /// The file of the last sound frame, if it was a JPEG that every decoder reads.
  private(set) var jpeg: [UInt8] = []
  /// Sides of the model's input, in pixels.
  var modelEdge: Int {
    didSet { decoder.fastDecodeShortEdge = Self.decodedShortEdge(modelEdge: modelEdge) }
  }
  private var decoder = ImageDecoder()

  /// `shortEdge` is what the model's input needs.
  init(shortEdge: Int) {
    modelEdge = shortEdge
    decoder.fastDecodeShortEdge = Self.decodedShortEdge(modelEdge: shortEdge)
  }

  /// JPEGs are decoded at the smallest scale that leaves this much of their short edge: twice the model's input.
  ///
  /// That changes the input by 0.2 to 0.4 of 255, less than when the camera moves by one pixel (0.7 to 1.6):
  /// `tools/bench/camera scaled`.
  static func decodedShortEdge(modelEdge: Int) -> Int { 2 * modelEdge }

  /// Decodes a frame; returns what is wrong with it, nil when it is sound.
  mutating func decode(
    _ frame: Span<UInt8>, _ format: FrameFormat, into image: inout Image
  ) -> String? {
    jpeg.removeAll(keepingCapacity: true)
    do {
      if format.code.isJPEG {
        var scanner = JPEGScanner()
        if let damage = scanner.damage(in: frame) { return damage.rawValue }
        // A warning means that pixels are made up: good enough for a photo, not for a decision.
        if let warning = try decoder.decode(RawSpan(_elements: frame), into: &image).first {
          return warning
        }
        if keepsJPEG, scanner.hasHuffmanTables { keep(frame) }
        return nil
      }
      if let layout = format.layout {
        try image.load(RawSpan(_elements: frame), layout: layout)
        return nil
      }
    } catch {
      return "\(error)"
    }
    let isSound = converter?.convert(frame, format, into: &image) ?? false
    return isSound ? nil : "libv4lconvert cannot read it"
  }

  private mutating func keep(_ frame: Span<UInt8>) {
    unsafe frame.withUnsafeBufferPointer { unsafe jpeg.append(contentsOf: $0) }
  }
}
