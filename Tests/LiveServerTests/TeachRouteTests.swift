import Foundation
import Imaging
import Live
import LiveServer
import LiveTeaching
import TestSupport
import Testing

@Suite("Routes that teach")
struct TeachRouteTests {
  @Test("Labels are added, renamed, removed, and brought back")
  func labels() throws {
    try TeachStage.with { stage throws in
      var report = try stage.object(stage.get("/teach"))
      #expect((report["labels"] as? [Any])?.isEmpty == true && report["undo"] == nil)
      #expect(report["folder"] as? String == stage.folder && report["isLearnt"] as? Bool == true)
      report = try stage.object(stage.post("/teach/labels/add", #"{"label": "mug"}"#))
      #expect(try stage.files() == ["mug"])
      let labels = try #require(report["labels"] as? [[String: Any]])
      #expect(labels[0]["label"] as? String == "mug" && labels[0]["photos"] as? Int == 0)
      #expect(try stage.post("/teach/labels/add", #"{"label": "Mug"}"#).status == 409)
      #expect(
        try stage.post("/teach/labels/rename", #"{"label": "mug", "to": "red mug"}"#).status == 200)
      #expect(try stage.files() == ["red mug"])
      #expect(try stage.post("/teach/labels/remove", #"{"label": "red mug"}"#).status == 200)
      #expect(try stage.files() == [])
      report = try stage.object(stage.post("/teach/undo"))
      #expect(try stage.files() == ["red mug"])
      #expect(report["undo"] as? String == "rename \"mug\" to \"red mug\"")
      #expect(try stage.post("/teach/undo").status == 200)
      #expect(try stage.post("/teach/undo").status == 200)
      let last = try stage.post("/teach/undo")
      #expect(last.status == 409)
      #expect(try stage.object(last)["error"] as? String == "there is nothing to undo")
      #expect(try stage.object(stage.get("/teach/names"))["names"] as? [String] == ["cup", "saw"])
    }
  }

  @Test("Pictures are taken of the camera that is named, seen and deleted")
  func pictures() throws {
    try TeachStage.with(sources: ["a b", "c"]) { stage throws in
      #expect(
        try stage.post("/teach/collect", #"{"label": "mug", "camera": "d"}"#).status == 404)
      let begun = try stage.post("/teach/collect", #"{"label": "mug", "camera": "c", "count": 3}"#)
      #expect(begun.status == 200)
      #expect(try stage.post("/teach/collect", #"{"label": "saw"}"#).status == 409)
      #expect(stage.teacher.wantsFrames(of: 1) && !stage.teacher.wantsFrames(of: 0))
      var count = 0
      try stage.stage.eventually("three pictures are taken") {
        if stage.teacher.wantsFrames(of: 1) {
          stage.teacher.show(
            ShownFrame(sequence: 1, .jpeg(try TeachStage.jpeg(count))), of: 1)
          count += 1
        }
        let collecting = try stage.object(stage.get("/teach"))["collecting"] as? [String: Any]
        return collecting?["ending"] as? String == "done"
      }
      let photos = try #require(
        stage.object(stage.get("/teach/photos?label=mug"))["photos"] as? [[String: Any]])
      let names = photos.compactMap { $0["name"] as? String }
      #expect(names.count == 3)
      let picture = try stage.get("/teach/photo?label=mug&name=\(names[0])")
      #expect(picture.headers["content-type"] == "image/jpeg")
      #expect(picture.body == (try TeachStage.jpeg(0)))
      let deleted = try stage.post(
        "/teach/photos/delete", #"{"label": "mug", "names": ["\#(names[0])", "\#(names[2])"]}"#)
      #expect(deleted.status == 200)
      #expect(try stage.files() == ["mug", "mug/\(names[1])"])
      #expect(try stage.post("/teach/undo").status == 200)
      #expect(try stage.files().count == 4)
      // And told to stop.
      #expect(try stage.post("/teach/collect", #"{"label": "mug"}"#).status == 200)
      let stopped = try stage.object(stage.post("/teach/stop"))
      #expect((stopped["collecting"] as? [String: Any])?["ending"] as? String == "stopped")
    }
  }

  @Test("A wrong answer's picture becomes a photo of what it is")
  func correcting() throws {
    try TeachStage.with { stage throws in
      let first = try stage.change(1)
      _ = try stage.change(2, to: "saw")
      // Pixels, of which a file is made.
      stage.stage.server.show(ShownFrame(sequence: 3, .pixels(TeachStage.pixels(3))), of: 0)
      stage.stage.publish(3, isChange: true)
      let history = try stage.object(stage.get("/history"))
      let changes = try #require(history["changes"] as? [[String: Any]])
      #expect(changes.map { $0["picture"] as? Bool } == [true, true, true])
      #expect(changes.map { $0["id"] as? Int } == [3, 2, 1])
      #expect(try stage.get("/history/picture?id=1").body == first)
      let pixels = try stage.get("/history/picture?id=3")
      #expect(pixels.status == 200 && pixels.body.starts(with: [0xFF, 0xD8]))
      #expect(try stage.post("/teach/correct", #"{"id": 1, "label": "mug"}"#).status == 200)
      #expect(try stage.post("/teach/correct", #"{"id": 3, "label": "mug"}"#).status == 200)
      let files = try stage.files()
      #expect(files.count == 3)
      #expect(
        FileManager.default.contents(atPath: "\(stage.folder)/\(files[2])") == Data(first)
          || FileManager.default.contents(atPath: "\(stage.folder)/\(files[1])") == Data(first))
      for (body, status) in [
        (#"{"id": 9, "label": "mug"}"#, 404), (#"{"id": -1, "label": "mug"}"#, 400),
        (#"{"id": 1}"#, 400), (#"{"label": "mug"}"#, 400), (#"{"id": 1, "label": "../x"}"#, 400),
      ] {
        #expect(try stage.post("/teach/correct", body).status == status, "\(body)")
      }
      for (query, status) in [("", 400), ("?id=x", 400), ("?id=99", 404), ("?id=-1", 400)] {
        #expect(try stage.get("/history/picture" + query).status == status)
      }
    }
  }

  @Test("Of many changes the newest pictures are kept, as far as they take little memory")
  func manyPictures() throws {
    try TeachStage.with { stage throws in
      for index in 1...70 {
        stage.stage.show(UInt32(index), jpeg: [UInt8](repeating: 1, count: 1000))
        stage.stage.publish(index, isChange: true)
      }
      func pictures() throws -> Int {
        let history = try stage.object(stage.get("/history"))
        let changes = try #require(history["changes"] as? [[String: Any]])
        return changes.count { $0["picture"] as? Bool == true }
      }
      #expect(try pictures() == 64)
      #expect(try stage.get("/history/picture?id=6").status == 404)
      #expect(try stage.get("/history/picture?id=7").status == 200)
      for index in 71...75 {
        stage.stage.show(UInt32(index), jpeg: [UInt8](repeating: 1, count: 10 << 20))
        stage.stage.publish(index, isChange: true)
      }
      #expect(try pictures() == 3)
      // A frame that nobody has handed over is no picture of it.
      stage.stage.publish(76, isChange: true)
      #expect(try pictures() == 3)
    }
  }

  @Test("It is told to learn")
  func learning() throws {
    try TeachStage.with { stage throws in
      #expect(try stage.post("/teach/learn").status == 200)
      stage.lessons.when({ $0 == 1 }) { _ in }
      try stage.stage.eventually("it has learnt") {
        try stage.object(stage.get("/teach"))["learning"] == nil
      }
    }
  }

  @Test("Without a teacher there is none of it, not even on the page")
  func withoutTeacher() throws {
    try Stage.with(token: Stage.token) { stage throws in
      let headers = ["Host: localhost", "Authorization: Bearer \(Stage.token)"]
      for target in ["/teach", "/teach/photos?label=a", "/teach/learn"] {
        #expect(try stage.get(target, headers: headers).status == 404)
      }
      let answer = try stage.client().post("/teach/learn", "{}", token: Stage.token)
      #expect(answer.status == 404)
      #expect(try !stage.get("/", headers: headers).text.contains("id=\"teach\""))
      // Nobody looks: the change is listed without its picture, and no frame is asked for.
      #expect(!stage.server.wantsFrames(of: 0))
      stage.publish(1, isChange: true)
      let history = try stage.get("/history", headers: headers).text
      #expect(history.contains("\"sequence\": 1") && !history.contains("picture"))
      // Somebody does.
      stage.show(2, jpeg: [1])
      stage.publish(2, isChange: true)
      #expect(try stage.get("/history/picture?id=2", headers: headers).body == [1])
    }
    try TeachStage.with { stage throws in
      #expect(try stage.get("/").text.contains("id=\"teach\""))
      #expect(stage.stage.server.wantsFrames(of: 0))
    }
  }

  @Test("A teacher needs a token, also on loopback")
  func tokenForTeachers() throws {
    try TeachStage.with { stage throws in
      let error = #expect(throws: LiveServer.StartError.self) {
        try Stage.with(teacher: stage.teacher) { _ in }
      }
      #expect(error?.description.contains("token") == true)
    }
  }
}
