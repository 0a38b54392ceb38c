import LiveServer
import TestSupport
import Testing

@Suite struct AccessTests {
  @Test(arguments: [
    "/", "/events", "/frame.jpg", "/metrics", "/history", "/healthz", "/v2/health/ready",
    "/nothing",
  ])
  func tokenIsNeeded(target: String) throws {
    try Stage.with(token: Stage.token) { stage in
      for wrong in ["", "?token=", "?token=correct-horse-batterx", "?token=correct-horse-battery1"]
      {
        let answer = try stage.get(target + wrong)
        #expect(answer.status == 401)
        #expect(answer.headers["www-authenticate"] != nil || target == "/")
      }
    }
  }

  @Test func tokenIsTaken() throws {
    try Stage.with(token: Stage.token) { stage in
      stage.publish()
      let ways = [
        ("/healthz?token=\(Stage.token)", [String]()), ("/healthz?a=b&token=\(Stage.token)", []),
        ("/healthz", ["Authorization: Bearer \(Stage.token)"]),
        ("/healthz", ["authorization: bearer  \(Stage.token)"]),
      ]
      for (target, headers) in ways {
        let answer = try stage.get(target, headers: ["Host: localhost"] + headers)
        #expect(answer.status == 200)
      }
      let basic = ["Host: localhost", "Authorization: Basic \(Stage.token)"]
      let answer = try stage.get("/healthz", headers: basic)
      #expect(answer.status == 401)
    }
  }

  @Test func peopleAreAskedForTheToken() throws {
    try Stage.with(token: Stage.token) { stage in
      let answer = try stage.get("/")
      #expect(answer.status == 401)
      #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
      #expect(answer.text.contains("name=\"token\""))
      #expect(try stage.get("/?token=\(Stage.token)").text.contains("EventSource"))
    }
  }

  /// A page elsewhere whose name was made to point to 127.0.0.1 sends its own name.
  @Test(arguments: [
    ("localhost", 200), ("localhost:9", 200), ("LOCALHOST", 200), ("127.0.0.1:8080", 200),
    ("127.1.2.3", 200), ("[::1]:8080", 200), ("evil.example", 421), ("evil.example:8080", 421),
    ("127.0.0.1.evil.example", 421), ("localhost.evil.example", 421), ("192.168.0.2", 421),
    ("127.0.0.256", 421), ("[::2]", 421), ("[::1", 421), ("", 421),
  ])
  func namesOfLoopback(host: String, status: Int) throws {
    try Stage.with { stage in
      stage.publish()
      let answer = try stage.get("/healthz", headers: ["Host: \(host)"])
      #expect(answer.status == status)
      #expect(status == 200 || answer.text.contains("answers to localhost only"))
    }
  }

  /// A proxy that passes on the name by which it was reached.
  @Test(arguments: [
    ("cam.example.org", 200), ("CAM.example.org.:443", 200), ("localhost", 200),
    ("other.example", 200), ("example.org", 421), ("evil.cam.example.org", 421),
    ("cam.example.org.evil.example", 421), ("cam.example.org/", 421), ("[::1]", 200),
  ])
  func namesOfProxies(host: String, status: Int) throws {
    try Stage.with(hosts: ["cam.example.org", "Other.Example:8443"]) { stage in
      stage.publish()
      let answer = try stage.get("/healthz", headers: ["Host: \(host)"])
      #expect(answer.status == status)
      #expect(status == 200 || answer.text.contains("--serve-host NAME"))
      let names = "answers to localhost, cam.example.org and other.example only"
      #expect(status == 200 || answer.text.contains(names), "\(answer.text)")
    }
  }

  @Test func whatIsWrongWithATokenIsSaid() throws {
    try Stage.with(token: Stage.token) { stage in
      let (none, wrong) = (
        try stage.get("/metrics"), try stage.get("/metrics?token=0123456789abcdef")
      )
      #expect(none.text.contains("a token is needed") && wrong.text.contains("the token is wrong"))
      #expect(wrong.headers["www-authenticate"]?.contains("invalid_token") == true)
      let (page, again) = (try stage.get("/"), try stage.get("/?token=0123456789abcdef"))
      #expect(!page.text.contains("That is not the token"))
      #expect(again.text.contains("That is not the token") && again.status == 401)
      #expect(!page.text.contains("{{"))
    }
  }

  @Test func oneHostIsNeeded() throws {
    try Stage.with { stage in
      let none = try stage.get("/healthz", headers: [])
      #expect(none.status == 400)
      let two = try stage.get("/healthz", headers: ["Host: localhost", "Host: localhost"])
      #expect(two.status == 400)
    }
  }

  @Test func othersNeedAToken() throws {
    #expect(throws: LiveServer.StartError.self) {
      _ = try LiveServer(
        #require(ServerAddress("0.0.0.0:0")), token: nil, sources: [], labels: [], timeout: 10,
        program: .init(version: "", model: "", instructionSet: ""))
    }
    let server = try LiveServer(
      #require(ServerAddress("0.0.0.0:0")), token: AccessToken(Stage.token),
      sources: [], labels: [], timeout: 10,
      program: .init(version: "", model: "", instructionSet: ""))
    defer { server.stop() }
    // By whatever name it is reached.
    let headers = ["Host: camera.example", "Authorization: Bearer \(Stage.token)"]
    let answer = try Client(port: server.address.port).get("/healthz", headers: headers)
    #expect(answer.status == 200)
  }
}
