import Basics
import CV4L2
import Imaging

/// Sets a device to the mode that suits a request.
struct Negotiation {
  let format: FrameFormat
  let interval: FrameInterval?
  let summary: String

  init(_ device: borrowing VideoDevice, _ request: ModeRequest) throws(CameraError) {
    let modes = try device.modes(including: request.size)
    let offered = modes.map(\.code).uniqued()
    let readable = Self.readable(offered, wanted: request.code, device)
    guard !readable.isEmpty else { throw .noUsableFormat(device.path, offered: offered) }
    guard let choice = chooseMode(modes.filter { readable.contains($0.code) }, request) else {
      throw .modeNotOffered(
        device.path, wanted: Self.wanted(request), offered: Self.summary(of: modes, readable))
    }
    let mode = choice.mode
    let granted = try device.setFormat(mode.code, width: mode.width, height: mode.height)
    interval = try device.setInterval(choice.interval)
    guard granted.planes == 1, readable.contains(FourCC(granted.code)), granted.width > 0,
      granted.height > 0
    else { throw .noUsableFormat(device.path, offered: offered) }
    format = FrameFormat(granted)
    let rate = interval.map { ", \(Decimal.short($0.rate, 2)) frames/s" } ?? ""
    let reading = FourCC.native.contains(format.code) ? "" : ", read by libv4lconvert"
    summary = "\(format)\(rate)\(reading) (\(choice.reason))"
  }

  /// Our own formats; others, which the library must be asked about, only when nothing else will do.
  private static func readable(
    _ offered: [FourCC], wanted: FourCC?, _ device: borrowing VideoDevice
  ) -> [FourCC] {
    let native = offered.filter(FourCC.native.contains)
    let isForeignWanted = wanted.map { !FourCC.native.contains($0) } ?? false
    guard native.isEmpty || isForeignWanted,
      let converter = ForeignConverter(descriptor: device.descriptor)
    else { return native }
    let asked = isForeignWanted ? offered.filter { $0 == wanted } : offered
    return native + asked.filter { converter.reads($0) }
  }

  private static func wanted(_ request: ModeRequest) -> String {
    [request.size?.description, request.code?.description].compactMap(\.self)
      .joined(separator: " ")
  }

  private static func summary(of modes: [CameraMode], _ readable: [FourCC]) -> String {
    readable.map { code in
      let sizes = modes.filter { $0.code == code }.map { "\($0.width)x\($0.height)" }
      return "\(code) in \(sizes.uniqued().joined(separator: ", "))"
    }.joined(separator: "; ")
  }
}

extension FrameFormat {
  /// What a driver reports.
  init(_ format: cv_format) {
    self.init(
      code: FourCC(format.code), width: Int(format.width), height: Int(format.height),
      bytesPerLine: Int(format.bytes_per_line),
      encoding: YCbCrEncoding(
        matrix: Self.matrix(format.matrix), range: format.full_range ? .full : .limited))
  }

  private static func matrix(_ matrix: cv_matrix) -> YCbCrEncoding.Matrix {
    switch matrix {
    case .bt601: .bt601
    case .bt709: .bt709
    case .bt2020: .bt2020
    case .smpte240M: .smpte240M
    }
  }
}

extension Array where Element: Hashable {
  /// The elements in order, each once.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
