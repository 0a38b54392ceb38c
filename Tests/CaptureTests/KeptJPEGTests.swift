import Capture
import Foundation
import Imaging
import TestSupport
import Testing

/// The files of frames, which are handed on to whoever looks on.
@Suite struct KeptJPEGTests {
  private func source(_ bytes: [UInt8], in folder: String) throws -> StreamSource {
    let path = folder + "/stream"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try StreamSource(path: path, content: .jpeg, shortEdge: 32, everyFrame: true) { _ in }
  }

  /// The next frame, waited for.
  private func next(_ source: StreamSource, _ image: inout Image) -> FrameInfo? {
    while !source.hasEnded {
      var state = pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&state, 1, 10_000)
      if let info = source.next(into: &image) { return info }
    }
    return nil
  }

  @Test func isTheFrameAsItCame() throws {
    let frames = try ["red.jpg", "green.jpg", "blue.jpg"].map(fixture)
    try withTemporaryDirectory { folder in
      let source = try source(Array(frames.joined()), in: folder)
      var image = Image(width: 1, height: 1)
      #expect(next(source, &image) != nil)
      #expect(source.jpeg.isEmpty)
      source.keepsJPEG = true
      #expect(next(source, &image) != nil)
      #expect(source.jpeg == frames[1])
      source.keepsJPEG = false
      #expect(next(source, &image) != nil)
      #expect(source.jpeg.isEmpty)
    }
  }

  /// Some cameras leave the standard tables out: libjpeg knows them, not everybody does.
  @Test func withoutTablesItIsNot() throws {
    let whole = try fixture("waves.jpg")
    var bytes = Array(whole[..<2])
    var position = 2
    while whole[position + 1] != 0xDA {
      let end = position + 2 + Int(whole[position + 2]) << 8 + Int(whole[position + 3])
      if whole[position + 1] != 0xC4 { bytes += whole[position..<end] }
      position = end
    }
    bytes += whole[position...]
    try #require(bytes.count < whole.count)
    try withTemporaryDirectory { folder in
      let source = try source(bytes, in: folder)
      source.keepsJPEG = true
      var image = Image(width: 1, height: 1)
      #expect(next(source, &image) != nil)
      #expect(image.width > 1)
      #expect(source.jpeg.isEmpty)
    }
  }
}
