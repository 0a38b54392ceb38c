import CV4L2
import Glibc

/// An open V4L2 device: the only place that calls CV4L2 for formats, rates and streaming state.
struct VideoDevice: ~Copyable {
  /// The name it was opened by.
  let path: String
  let descriptor: Int32
  let card: String
  let driver: String
  let bus: String
  private let multiplanar: Bool

  init(path: String) throws(CameraError) {
    // Before it is opened: a file may not be writable, and a pipe or a tape drive takes notice of being opened.
    if let found = Self.kind(of: path) { throw .notCaptureDevice(path, found: found) }
    let descriptor = unsafe open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.openError(path, errno) }
    var info = cv_device_info()
    let error = unsafe cv_describe_device(descriptor, &info)
    guard error == 0 else {
      close(descriptor)
      if error == ENODEV { throw .disconnected(path) }
      throw .notCaptureDevice(path, found: "a device of another kind")
    }
    guard info.captures else {
      close(descriptor)
      let found = "a video device that does not capture (\(text(info.card)))"
      throw .notCaptureDevice(path, found: found)
    }
    card = text(info.card)
    driver = text(info.driver)
    bus = text(info.bus)
    self.path = path
    self.descriptor = descriptor
    multiplanar = info.multiplanar
  }

  deinit { close(descriptor) }

  private static func openError(_ path: String, _ number: Int32) -> CameraError {
    switch number {
    case ENOENT, ENOTDIR: .notFound(path)
    case EACCES, EPERM: .permissionDenied(path, group: owningGroup(path))
    case EBUSY: .busy(path, holders: processesHolding(path))
    case ENODEV, ENXIO: .disconnected(path)
    default: .failed(path, call: "open", number: number)
    }
  }

  /// What is there instead of a device with a driver; nil for one, and for what cannot be looked at.
  private static func kind(of path: String) -> String? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFCHR: nil
    case S_IFREG: "a file"
    case S_IFIFO: "a pipe"
    case S_IFDIR: "a folder"
    default: "a device of another kind"
    }
  }

  /// An errno value as our error.
  private func failure(_ call: String, _ number: Int32) -> CameraError {
    switch number {
    case ENODEV, ENXIO: .disconnected(path)
    case EBUSY: .busy(path, holders: processesHolding(path))
    default: .failed(path, call: call, number: number)
    }
  }

  private func check(_ call: String, _ number: Int32) throws(CameraError) {
    guard number == 0 else { throw failure(call, number) }
  }

  // MARK: What it offers

  func pixelFormats() -> [cv_pixel_format] {
    listed { index, entry in
      unsafe cv_pixel_format_at(descriptor, multiplanar, index, &entry)
    }
  }

  func frameSizes(_ code: FourCC) -> [cv_frame_sizes] {
    listed { index, entry in
      unsafe cv_frame_sizes_at(descriptor, code.rawValue, index, &entry)
    }
  }

  func intervals(_ code: FourCC, _ width: Int, _ height: Int) -> [cv_interval] {
    listed { index, entry in
      unsafe cv_interval_at(
        descriptor, code.rawValue, UInt32(width), UInt32(height), index, &entry)
    }
  }

  /// Entries until the driver says that there are no more; the bound is for drivers that never do.
  private func listed<Entry: CStructure>(_ entry: (UInt32, inout Entry) -> Int32) -> [Entry] {
    var entries: [Entry] = []
    for index in 0..<256 as Range<UInt32> {
      var next = Entry()
      guard entry(index, &next) == 0 else { break }
      entries.append(next)
    }
    return entries
  }

  // MARK: What it is set to

  func format() throws(CameraError) -> cv_format {
    var format = cv_format()
    try check("VIDIOC_G_FMT", unsafe cv_get_format(descriptor, multiplanar, &format))
    return format
  }

  /// Sets a format; returns what the driver grants.
  func setFormat(_ code: FourCC, width: Int, height: Int) throws(CameraError) -> cv_format {
    var format = cv_format()
    format.code = code.rawValue
    format.width = UInt32(width)
    format.height = UInt32(height)
    try check("VIDIOC_S_FMT", unsafe cv_set_format(descriptor, multiplanar, &format))
    return format
  }

  /// Sets the interval where the driver has one; returns what it grants, nil if it does not say.
  func setInterval(_ wanted: FrameInterval?) throws(CameraError) -> FrameInterval? {
    var interval = cv_interval()
    if let wanted {
      interval.numerator = UInt32(wanted.numerator)
      interval.denominator = UInt32(wanted.denominator)
    }
    let error = unsafe cv_set_interval(descriptor, multiplanar, &interval)
    if error == ENOTTY || error == EINVAL { return nil }
    try check("VIDIOC_S_PARM", error)
    return FrameInterval(interval)
  }

  /// Asks for an event when the signal changes; cameras without such events refuse, harmlessly.
  func watchSourceChanges() { cv_subscribe_source_changes(descriptor) }

  /// Takes one event; false when there is none.
  func takeEvent() -> Bool { cv_take_event(descriptor) == 0 }

  // MARK: Buffers

  func requestBuffers(_ count: Int) throws(CameraError) -> Int {
    var granted = UInt32(count)
    try check("VIDIOC_REQBUFS", unsafe cv_request_buffers(descriptor, multiplanar, &granted))
    return Int(granted)
  }

  func locateBuffer(_ index: Int) throws(CameraError) -> (length: Int, offset: Int) {
    var length: UInt32 = 0
    var offset: UInt32 = 0
    try check(
      "VIDIOC_QUERYBUF",
      unsafe cv_locate_buffer(descriptor, multiplanar, UInt32(index), &length, &offset))
    return (Int(length), Int(offset))
  }

  func queueBuffer(_ index: Int) throws(CameraError) {
    try check("VIDIOC_QBUF", cv_queue_buffer(descriptor, multiplanar, UInt32(index)))
  }

  /// A filled buffer; nil when there is none yet.
  func dequeueBuffer() throws(CameraError) -> cv_buffer? {
    var buffer = cv_buffer()
    let error = unsafe cv_dequeue_buffer(descriptor, multiplanar, &buffer)
    if error == EAGAIN { return nil }
    try check("VIDIOC_DQBUF", error)
    return buffer
  }

  func startStream() throws(CameraError) {
    try check("VIDIOC_STREAMON", cv_start_stream(descriptor, multiplanar))
  }

  func stopStream() { cv_stop_stream(descriptor, multiplanar) }
}

/// C structures that can start as zeros.
protocol CStructure { init() }
extension cv_pixel_format: CStructure {}
extension cv_frame_sizes: CStructure {}
extension cv_interval: CStructure {}

/// The text of a C character array, up to its zero.
func text<Characters>(_ characters: Characters) -> String {
  unsafe withUnsafeBytes(of: characters) { bytes in
    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
