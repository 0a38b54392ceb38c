import Foundation
import LiveServer
import Testing

/// `/openapi.json`, which `tools/check-openapi` tries out on a running program.
@Suite struct DescriptionTests {
  private struct Document: Decodable {
    struct Operation: Decodable { var responses: [String: Anything] }
    struct Anything: Decodable {}
    var openapi: String
    var paths: [String: [String: Operation]]
  }

  @Test("It has the addresses and methods that there are, and no others")
  func routes() throws {
    try Stage.with { stage in
      let answer = try stage.get("/openapi.json")
      #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
      let document = try JSONDecoder().decode(Document.self, from: Data(answer.body))
      #expect(document.openapi.hasPrefix("3.1"))
      // HEAD goes with GET, as it says.
      let said = document.paths.mapValues { Set($0.keys.map { $0.uppercased() }) }
      #expect(said == LiveServer.routes.mapValues { Set($0).subtracting(["HEAD"]) })
      let operations = document.paths.values.flatMap(\.values)
      #expect(operations.allSatisfy { $0.responses["200"] != nil })
    }
  }

  @Test("Every address that is said to be there is, by these methods")
  func answers() throws {
    try TeachStage.with { stage throws in
      stage.stage.publish()
      let jpeg = try stage.change(1)
      try stage.stage.eventually("a picture") {
        try stage.get("/history/picture?id=1").body == jpeg
      }
      // What this server has none of: images that are sent, kept pictures, photos of that name.
      let absent = ["/classify", "/saved", "/teach/photo"]
      for (path, methods) in LiveServer.routes where path != "/events" {
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
          let status = try stage.get(path, method: method).status
          #expect((status != 405) == methods.contains(method), "\(method) \(path): \(status)")
          #expect(status != 404 || absent.contains { path.hasPrefix($0) }, "\(path)")
        }
      }
    }
  }
}
