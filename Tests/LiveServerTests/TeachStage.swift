import Basics
import Foundation
import Imaging
import Live
import LiveSaving
import LiveServer
import LiveTeaching
import TestSupport
import Testing

/// A server under test that teaches, with a teacher who learns nothing but that it was told to.
struct TeachStage {
  let stage: Stage
  let teacher: Teacher
  /// Of the photos.
  let folder: String
  /// How often it was told to learn.
  let lessons: Monitor<Int>

  /// Calls `body` with a server, which is stopped after.
  static func with(
    sources: [String] = ["/dev/video0"], limits: LiveServer.Limits = Stage.limits,
    hosts: [String] = [], saved: SavedFolder? = nil,
    parts: PartRequests = PartRequests(wake: {}), _ body: (TeachStage) throws -> Void
  ) throws {
    try withTemporaryDirectory { parent in
      let folder = parent + "/photos"
      let lessons = Monitor(0)
      let learning = Learning(output: folder + "/taught.mmrl") { _ in
        lessons.with { $0 += 1 }
        return nil
      }
      let teacher = try Teacher(
        try PhotoStore(folder: folder), learning, first: .success(nil), names: ["cup", "saw"],
        patience: 3600)
      try Stage.with(
        sources: sources, token: Stage.token, hosts: hosts, limits: limits, teacher: teacher,
        saved: saved, parts: parts
      ) { stage throws in
        try body(TeachStage(stage: stage, teacher: teacher, folder: folder, lessons: lessons))
      }
    }
  }

  /// Asks for a change on a connection of its own.
  func post(
    _ target: String, _ body: String = "{}", token: String? = Stage.token,
    headers: [String]? = nil
  ) throws -> Client.Answer {
    try stage.client().post(target, body, token: token, headers: headers)
  }

  func get(_ target: String, method: String = "GET") throws -> Client.Answer {
    try stage.get(
      target, method: method,
      headers: ["Host: localhost", "Authorization: Bearer \(Stage.token)"])
  }

  /// An answer's JSON object.
  func object(_ answer: Client.Answer) throws -> [String: Any] {
    #expect(answer.headers["content-type"] == "application/json")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
  }

  /// The folder's files and folders.
  func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { !$0.hasPrefix(".removed") }.sorted()
  }

  /// A picture that the answer changed in; its file.
  func change(_ sequence: Int, to label: String = "cup") throws -> [UInt8] {
    let jpeg = try Self.jpeg(sequence)
    stage.show(UInt32(sequence), jpeg: jpeg)
    stage.publish(sequence, label: label, isChange: true)
    return jpeg
  }

  /// A picture that differs from that of another number.
  static func jpeg(_ index: Int) throws -> [UInt8] {
    try JPEGEncoder().encode(pixels(index), quality: 90)
  }

  static func pixels(_ index: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<24 {
      for x in 0..<32 {
        let value = UInt8(truncatingIfNeeded: (x / 4 * 31 + y / 4 * 57) * (index + 1))
        pixels += [value, value / 2, 255 - value]
      }
    }
    return Image(width: 32, height: 24, pixels: pixels)
  }
}
