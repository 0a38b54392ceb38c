package import Imaging

/// Turns a source's frames into RGB; keeps its buffers from frame to frame.
package struct FrameDecoder: ~Copyable {
  /// For formats that are not ours; belongs to the open device.
  var converter: ForeignConverter?
  /// Whether `jpeg` is wanted of frames to come.
  package var keepsJPEG = false
  /// The file of the last frame shown, if it was a JPEG that every decoder reads.
  package private(set) var jpeg: [UInt8] = []
  /// The short edge that is needed for the model's input, in pixels; nil for all that a frame has.
  package var modelEdge: Int? {
    didSet { decoder.fastDecodeShortEdge = modelEdge.map(Self.decodedShortEdge) }
  }
  private var decoder = ImageDecoder()

  /// A decoder of frames for a model whose input needs a short edge of `shortEdge` pixels; nil for all that a frame has.
  package init(shortEdge: Int?) {
    modelEdge = shortEdge
    decoder.fastDecodeShortEdge = shortEdge.map(Self.decodedShortEdge)
  }

  /// JPEGs are decoded at the smallest scale that leaves this much of their short edge: twice the model's input.
  ///
  /// That changes the input by 0.2 to 0.4 of 255, less than when the camera moves by one pixel (0.7 to 1.6):
  /// `tools/bench/camera scaled`.
  static func decodedShortEdge(modelEdge: Int) -> Int { 2 * modelEdge }

  /// Decodes a frame and says whether it should be shown; if not, the image's pixels mean nothing.
  package mutating func decode(
    _ frame: Span<UInt8>, _ format: FrameFormat, into image: inout Image
  ) -> FrameVerdict {
    jpeg.removeAll(keepingCapacity: true)
    if format.code.isJPEG { return decodeJPEG(frame, format, into: &image) }
    do {
      if let layout = format.layout {
        try image.load(RawSpan(_elements: frame), layout: layout)
        return .shown([])
      }
    } catch {
      return .refused("\(error)")
    }
    let isSound = converter?.convert(frame, format, into: &image) ?? false
    return isSound ? .shown([]) : .refused("libv4lconvert cannot read it")
  }

  private mutating func decodeJPEG(
    _ frame: Span<UInt8>, _ format: FrameFormat, into image: inout Image
  ) -> FrameVerdict {
    var first = 0
    var scanner = JPEGScanner()
    var progress = scanner.advance(in: frame)
    // Where an end was lost, a driver may put two frames into a buffer. The last one counts.
    while case .complete(let end) = progress, !scanner.hasEnd {
      first += end
      scanner = JPEGScanner()
      progress = scanner.advance(in: frame.extracting(first...))
    }
    let end: Int
    switch progress {
    case .complete(let after): end = first + after
    case .damaged(let damage, _): return .refused(damage.rawValue)
    case .needsMore:
      guard scanner.hasImage else { return .refused(JPEGScanner.Damage.truncated.rawValue) }
      end = frame.count
    }
    guard format.width == 0 || (scanner.width, scanner.height) == (format.width, format.height)
    else {
      return .refused(
        "is \(scanner.width)x\(scanner.height), not \(format.width)x\(format.height) as agreed")
    }
    let whole = frame.extracting(first + scanner.start..<end)
    var mended: [UInt8] = []
    if let mangled = scanner.mangled {
      let (before, after) = (mangled.lowerBound - scanner.start, mangled.upperBound - scanner.start)
      unsafe whole.withUnsafeBufferPointer {
        unsafe mended = Array($0[..<before]) + $0[after...]
      }
    }
    do {
      if mended.isEmpty {
        try decoder.decode(jpeg: RawSpan(_elements: whole), into: &image)
      } else {
        try decoder.decode(jpeg: RawSpan(_elements: mended.span), into: &image)
      }
    } catch {
      return .refused(FrameRule.refusal(decoder.jpegFindings) ?? "\(error)")
    }
    if let refusal = FrameRule.refusal(decoder.jpegFindings) { return .refused(refusal) }
    if keepsJPEG, scanner.hasHuffmanTables {
      if mended.isEmpty {
        keep(whole, hasEnd: scanner.hasEnd)
      } else {
        keep(mended.span, hasEnd: scanner.hasEnd)
      }
    }
    var oddities = FrameRule.oddities(decoder.jpegFindings)
    if scanner.mangled != nil, !oddities.contains(.header) { oddities.append(.header) }
    if !scanner.hasEnd { oddities.append(.end) }
    if first + scanner.start > 0 { oddities.append(.start) }
    if end < frame.count { oddities.append(.padding) }
    if !scanner.hasHuffmanTables { oddities.append(.tables) }
    return .shown(oddities)
  }

  private mutating func keep(_ picture: Span<UInt8>, hasEnd: Bool) {
    unsafe picture.withUnsafeBufferPointer { unsafe jpeg.append(contentsOf: $0) }
    if !hasEnd { jpeg += [0xFF, 0xD9] }
  }
}
