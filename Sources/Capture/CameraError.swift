import Basics

/// Why a camera cannot be used.
public enum CameraError: Error, Equatable {
  /// There is nothing of that name.
  case notFound(String)
  /// The device may not be opened; the group that may.
  case permissionDenied(String, group: String?)
  /// Another process has it; those that could be found.
  case busy(String, holders: [String])
  /// It is not a camera, and what it is instead.
  case notCaptureDevice(String, found: String)
  /// None of its formats can be read.
  case noUsableFormat(String, offered: [FourCC])
  /// It does not offer what was asked for.
  case modeNotOffered(String, wanted: String, offered: String)
  /// It has gone.
  case disconnected(String)
  /// Its format has changed while it was streaming.
  case formatChanged(String)
  /// It has given no frame for that many seconds; why those that came were dropped, if any came.
  case stalled(String, seconds: Int, reason: String? = nil)
  /// Only ffmpeg can read it, and that is not installed.
  case needsFFmpeg(String)
  /// A system call failed.
  case failed(String, call: String, number: Int32)

  /// The device may work later without anyone's doing.
  var isTransient: Bool {
    switch self {
    case .disconnected, .formatChanged, .stalled, .failed: true
    case .notFound, .permissionDenied, .busy, .notCaptureDevice, .noUsableFormat, .modeNotOffered,
      .needsFFmpeg:
      false
    }
  }
}

extension CameraError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .notFound(let path):
      return "\(path): no such device"
    case .permissionDenied(let path, let group):
      let group = group ?? "video"
      return "\(path): permission denied (join the group \(group): sudo usermod -aG \(group) $USER,"
        + " then log in again)"
    case .busy(let path, let holders):
      let who =
        holders.isEmpty
        ? "find it with: sudo fuser -v \(path)" : "end \(holders.joined(separator: ", ")) first"
      return "\(path): in use by another process (\(who))"
    case .notCaptureDevice(let path, let found):
      return "\(path): not a camera but \(found)"
    case .noUsableFormat(let path, let offered):
      let offer = offered.isEmpty ? "none" : offered.map(\.description).joined(separator: ", ")
      return "\(path): no format that can be read; it offers \(offer)"
    case .modeNotOffered(let path, let wanted, let offered):
      return "\(path): does not offer \(wanted), but \(offered)"
    case .disconnected(let path):
      return "\(path): has been disconnected"
    case .formatChanged(let path):
      return "\(path): its format has changed"
    case .stalled(let path, let seconds, nil):
      return "\(path): no frame for \(seconds) s"
    case .stalled(let path, let seconds, let reason?):
      return "\(path): no frame that can be used for \(seconds) s: the last one \(reason)"
    case .needsFFmpeg(let path):
      return "\(path): takes ffmpeg, which is not installed (sudo apt install ffmpeg)"
    case .failed(let path, let call, let number):
      return "\(path): \(call): \(SystemError(code: number))"
    }
  }
}
