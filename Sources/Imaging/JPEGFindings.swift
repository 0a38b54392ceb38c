import CImaging

/// What libjpeg complains of in an image without giving up on it, sorted by what it means for the pixels.
package struct JPEGFindings: Sendable, Equatable {
  /// Things in the headers that no pixel depends on: an unknown JFIF revision, Adobe's colours, a scan's parameters.
  package var headerOddities = 0
  /// Bytes between segments, before the image's data.
  package var spareInHeaders = 0
  /// Bytes of image data more than needed, before restart markers.
  package var spareAtRestarts = 0
  /// The same after the last block.
  package var spareAtEnd = 0
  /// Codes that no image data have.
  package var badCodes = 0
  /// There is no end marker.
  package var lacksEnd = false
  /// There is none, and the last row of blocks is not begun.
  package var lacksRows = false
  /// Image data are missing before a marker that is there.
  package var lacksData = false
  /// A restart marker is missing, or is another one.
  package var lacksRestart = false

  /// Nothing.
  package init() {}
}

extension JPEGFindings {
  init(_ findings: ci_jpeg_findings) {
    headerOddities = Int(findings.header_oddities)
    spareInHeaders = Int(findings.spare_in_headers)
    spareAtRestarts = Int(findings.spare_at_restarts)
    spareAtEnd = Int(findings.spare_at_end)
    badCodes = Int(findings.bad_codes)
    lacksEnd = findings.lacks_end != 0
    lacksRows = findings.lacks_rows != 0
    lacksData = findings.lacks_data != 0
    lacksRestart = findings.lacks_restart != 0
  }
}
