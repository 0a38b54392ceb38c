import Imaging

/// Which JPEG frames of cameras and streams are shown: those that lose no pixel a person would miss.
///
/// What would mislead is dropped.
///
/// A warning of libjpeg alone says neither: cheap cameras write spare bytes into every frame and would never be seen, while a
/// packet lost on USB may leave hardly a trace, though all that follows it is shifted and miscoloured. So each finding is
/// judged by what it does to pixels:
///
/// * Nothing depends on headers that say odd things, on bytes between segments or after the end marker, on a second start
///   marker (what stands before the last one is no image), or on standard Huffman tables that are left out.
/// * Spare bytes before a restart marker are harmless: decoding starts afresh behind it.
/// * Spare bytes before the end marker follow a complete image while they are few. More than ``mostSpareBytes`` are blocks
///   that were not decoded: somewhere the codes were read out of step. So were they if the few are whole blocks.
/// * Codes that no image has, or a brightness that no pixel has, mean the same. libjpeg hardly complains of them, so that the
///   data are gone through once more; of frames without restart markers only, since each of those begins afresh.
/// * Without an end marker all is there if the last row of blocks was reached: at most a piece of it is grey.
/// * Image data that are used up before a marker that *is* there lack a piece from the middle, even in the last row: what
///   follows the gap stands in the wrong place.
/// * A restart marker that is missing means the same; libjpeg then guesses.
/// * A frame of another size than was agreed on is not of this camera's mode.
///
/// Frames that the driver marks are dropped before they come here, whatever they look like: since Linux 6.14 uvcvideo hands
/// over those with lost packets (V4L2_BUF_FLAG_ERROR). Image files have a milder rule, ``ImageDecoder``: nobody acts on one
/// of them by the second, and its record has the warnings.
enum FrameRule {
  /// Encoders of some cameras pad the last block's data by so much at most; 64 bytes hold one or two blocks of a real image.
  static let mostSpareBytes = 64

  /// Why a frame with these findings is dropped; nil when it is shown.
  static func refusal(_ findings: JPEGFindings) -> String? {
    if findings.lacksRestart { return "lacks a restart marker: a packet was lost" }
    if findings.lacksData { return "lacks data from its middle: a packet was lost" }
    if findings.lacksRows { return JPEGScanner.Damage.truncated.rawValue }
    if findings.badCodes > 0 { return "has image data out of step" }
    if findings.spareAtEnd > mostSpareBytes {
      return "has image data out of step, \(findings.spareAtEnd) bytes of them left over"
    }
    return nil
  }

  /// What is worth a count in a frame that is shown.
  static func oddities(_ findings: JPEGFindings) -> [Oddity] {
    var oddities: [Oddity] = []
    if findings.headerOddities > 0 || findings.spareInHeaders > 0 { oddities.append(.header) }
    if findings.spareAtRestarts > 0 || findings.spareAtEnd > 0 { oddities.append(.spare) }
    return oddities
  }
}

/// What is to be done with a frame.
package enum FrameVerdict: Equatable {
  /// It is shown; what is odd about it.
  case shown([Oddity])
  /// It is dropped, for this reason.
  case refused(String)
}
