import Foundation
import LiveSaving
import LiveServer
import TestSupport
import Testing

@Suite("Routes of kept pictures")
struct SavedRouteTests {
  /// Labels that somebody might have thought of to do harm.
  private static let labels = [
    "cup", "../x", "<script>alert(1)</script>", "a/b", String(repeating: "x", count: 300),
    "\u{1F363}",
  ]

  private static func name(_ index: Int) -> String {
    "2026-11-29T06-41-0\(index).000Z_cam_\(index)"
  }

  /// Calls `body` with a folder of six pictures of an earlier run, the first one of which is no change.
  private func with(_ body: (SavedFolder, String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      for (index, label) in Self.labels.enumerated() {
        let path = "\(folder)/\(Self.name(index))"
        try Data(TeachStage.jpeg(index)).write(to: URL(filePath: path + ".jpg"))
        let scored: [String: Any] = [
          "label": label, "set": "known", "head": "fusion", "score": 0.75, "logit": 2,
        ]
        let record: [String: Any] = [
          "source": "/dev/video0", "sequence": index, "time": "2026-11-29T06:41:0\(index).000Z",
          "answer": scored, "labels": [scored], "kept": [index == 0 ? "every" : "change"],
        ]
        try JSONSerialization.data(withJSONObject: record).write(to: URL(filePath: path + ".json"))
      }
      // What the folder must never give away.
      try Data("secret".utf8).write(to: URL(filePath: folder + "/secret.jpg"))
      try body(try SavedFolder(folder, .init()), folder)
    }
  }

  @Test("Pictures are listed newest first, page by page, and seen")
  func looking() throws {
    try with { saved, _ in
      try TeachStage.with(saved: saved) { stage throws in
        let all = try stage.object(stage.get("/saved"))
        #expect(all["more"] as? Bool == false && all["count"] as? Int == 6)
        let pictures = try #require(all["pictures"] as? [[String: Any]])
        #expect(pictures.map { $0["name"] as? String } == (0..<6).reversed().map(Self.name))
        let answers = pictures.map { ($0["answer"] as? [String: Any])?["label"] as? String }
        #expect(answers == Self.labels.reversed())
        #expect(pictures.map { $0["kept"] as? [String] }.last == ["every"])
        let some = try stage.object(stage.get("/saved?count=2&before=\(Self.name(4))"))
        #expect(some["more"] as? Bool == true)
        let names = (some["pictures"] as? [[String: Any]])?.map { $0["name"] as? String }
        #expect(names == [Self.name(3), Self.name(2)])
        let picture = try stage.get("/saved/picture?name=\(Self.name(3))")
        #expect(picture.headers["content-type"] == "image/jpeg")
        #expect(picture.body == (try TeachStage.jpeg(3)))
        #expect(try stage.get("/").text.contains("id=\"saved\""))
      }
    }
  }

  @Test("The list of changes goes on where an earlier run has ended, with its pictures")
  func history() throws {
    try with { saved, folder in
      try TeachStage.with(saved: saved) { stage throws in
        _ = try stage.change(7, to: "saw")
        let history = try stage.object(stage.get("/history"))
        let changes = try #require(history["changes"] as? [[String: Any]])
        let answers = changes.map { ($0["answer"] as? [String: Any])?["label"] as? String }
        #expect(answers == ["saw"] + Self.labels.dropFirst().reversed())
        #expect(changes.map { $0["id"] as? Int } == [6, 5, 4, 3, 2, 1])
        #expect(changes.allSatisfy { $0["picture"] as? Bool == true })
        #expect(changes[1]["time"] as? String == "2026-11-29T06:41:05.000Z")
        #expect(try stage.get("/history/picture?id=5").body == (try TeachStage.jpeg(5)))
        #expect(try stage.get("/history/picture?id=6").body == (try TeachStage.jpeg(7)))
        #expect(try stage.object(stage.get("/history?camera=0"))["changes"] as? [Any] != nil)
        try FileManager.default.removeItem(atPath: "\(folder)/\(Self.name(5)).jpg")
        #expect(try stage.get("/history/picture?id=5").status == 404)
      }
    }
  }

  @Test("Several pictures become photos of a label as one change: all of them, or none")
  func sorting() throws {
    try with { saved, folder in
      try TeachStage.with(saved: saved) { stage throws in
        let fresh = try stage.change(7)
        let body = """
          {"ids": [6, 1, 6], "saved": ["\(Self.name(0))", "\(Self.name(2))", "\(Self.name(0))"], "label": "<b>"}
          """
        let report = try stage.object(stage.post("/teach/sort", body))
        #expect(report["undo"] as? String == "add 4 photos of \"<b>\"")
        let files = try stage.files().dropFirst()
        #expect(files.count == 4)
        let photos = Set(
          files.compactMap { FileManager.default.contents(atPath: "\(stage.folder)/\($0)") })
        let expected = [fresh] + (try [0, 1, 2].map(TeachStage.jpeg))
        #expect(photos == Set(expected.map { Data($0) }))
        #expect(try stage.post("/teach/undo").status == 200)
        #expect(try stage.files() == [])
        #expect(saved.count == 6)

        // One that is no picture: then none is sorted.
        try Data("no JPEG".utf8).write(to: URL(filePath: "\(folder)/\(Self.name(4)).jpg"))
        try FileManager.default.removeItem(atPath: "\(folder)/\(Self.name(5)).jpg")
        func order(_ indices: Int...) -> String {
          let names = indices.map { "\"\(Self.name($0))\"" }.joined(separator: ", ")
          return "{\"saved\": [\(names)], \"label\": \"mug\"}"
        }
        #expect(try stage.post("/teach/sort", order(3, 4)).status == 400)
        #expect(try stage.post("/teach/sort", order(3, 5)).status == 404)
        #expect(try stage.files() == [])
        // No room for all of them.
        for index in 0..<199 {
          let folder = "\(stage.folder)/mug"
          try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
          try Data([1]).write(to: URL(filePath: "\(folder)/\(index).jpg"))
        }
        #expect(try stage.post("/teach/sort", order(1, 2)).status == 409)
        #expect(try stage.files().count == 200)
        #expect(try stage.post("/teach/sort", order(1)).status == 200)
      }
    }
  }

  @Test(
    "What nobody should ask for is refused, and nothing is changed by it",
    arguments: [
      "../secret", "secret", "..%2Fsecret", "/etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "",
      "2026-11-29T06-41-00.000Z_cam_0.jpg", "2026-11-29T06-41-00.000Z_..%2f_0", "%00",
      "2026-11-29T06-41-00.000Z_cam_0%00", "%F0%9F%8D%A3", "%3Cscript%3E",
    ])
  func hostileNames(name: String) throws {
    try with { saved, _ in
      try TeachStage.with(saved: saved) { stage throws in
        let picture = try stage.get("/saved/picture?name=\(name)")
        #expect(picture.status == 400 && !picture.text.contains("secret"))
        #expect(try stage.get("/saved?before=\(name)").status == 400)
        let body = "{\"saved\": [\"\(name)\"], \"label\": \"mug\"}"
        #expect(try stage.post("/teach/sort", body).status == 400)
        #expect(try stage.files() == [])
      }
    }
  }

  @Test("Wrong counts, bodies and methods")
  func refused() throws {
    try with { saved, folder in
      try TeachStage.with(saved: saved) { stage throws in
        for query in ["count=0", "count=101", "count=x", "count=-1", "count=99999999999999999999"] {
          #expect(try stage.get("/saved?\(query)").status == 400)
        }
        #expect(try stage.get("/saved/picture").status == 400)
        let gone = "2026-11-29T06-41-09.000Z_cam_9"
        #expect(try stage.get("/saved/picture?name=\(gone)").status == 404)
        for target in [
          "/saved/", "/saved/picture/x", "/saved/secret.jpg", "/saved/\(Self.name(0)).jpg",
        ] {
          #expect(try stage.get(target).status == 404)
        }
        for target in ["/saved", "/saved/picture?name=\(Self.name(0))"] {
          #expect(try stage.post(target).status == 405)
          let open = try stage.stage.get(target)
          #expect(open.status == 401)
        }
        #expect(try stage.get("/teach/sort").status == 405)
        let many = (0..<101).map { "\($0)" }.joined(separator: ",")
        for (body, status) in [
          ("{}", 400), (#"{"label": "mug"}"#, 400),
          (#"{"ids": [], "saved": [], "label": "mug"}"#, 400),
          (#"{"ids": [1]}"#, 400), (#"{"ids": [99], "label": "mug"}"#, 404),
          (#"{"ids": [-1], "label": "mug"}"#, 400), (#"{"ids": 1, "label": "mug"}"#, 400),
          (#"{"saved": ["\#(gone)"], "label": "mug"}"#, 404),
          (#"{"saved": [1], "label": "mug"}"#, 400),
          ("{\"ids\": [\(many)], \"label\": \"mug\"}", 400),
          (#"{"ids": [1], "label": "../x"}"#, 400),
        ] {
          #expect(try stage.post("/teach/sort", body).status == status, "\(body)")
        }
        #expect(
          try stage.post(
            "/teach/sort", #"{"ids": [1], "label": "mug"}"#, token: "wrong-wrong-wrong"
          )
          .status == 401)
        #expect(try stage.files() == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 13)
      }
    }
  }

  @Test("Without a folder there is none of it")
  func withoutFolder() throws {
    try TeachStage.with { stage throws in
      #expect(try stage.get("/saved").status == 404)
      #expect(try stage.get("/saved/picture?name=\(Self.name(0))").status == 404)
      #expect(try !stage.get("/").text.contains("id=\"saved\""))
      let body = "{\"saved\": [\"\(Self.name(0))\"], \"label\": \"mug\"}"
      #expect(try stage.post("/teach/sort", body).status == 404)
    }
  }
}
