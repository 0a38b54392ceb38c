import LiveServer
import Testing

@Suite struct ServerAddressTests {
  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("8080", "127.0.0.1", 8080, true),
    (":80", "127.0.0.1", 80, true), ("localhost:1", "127.0.0.1", 1, true),
    ("[::1]:8080", "::1", 8080, true), ("0.0.0.0:8080", "0.0.0.0", 8080, false),
    ("[::]:8080", "::", 8080, false), ("192.168.0.7:65535", "192.168.0.7", 65535, false),
  ])
  func reads(text: String, host: String, port: Int, isLoopback: Bool) throws {
    let address = try #require(ServerAddress(text))
    #expect(address.host == host)
    #expect(address.port == port)
    #expect(address.isLoopback == isLoopback)
  }

  @Test(arguments: [
    "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:8o80",
    "camera.local:8080", "::1:8080", "[127.0.0.1]:8080", "[::1]", "256.0.0.1:80", "1.2.3:80",
  ])
  func refuses(text: String) { #expect(ServerAddress(text) == nil) }

  @Test func linksCanBeClicked() throws {
    let token = try #require(AccessToken("a&b=c/d?e#f%20gh1"))
    let own = try #require(ServerAddress("127.0.0.1:8080"))
    #expect(own.links(token: nil) == ["http://127.0.0.1:8080/"])
    #expect(
      own.links(token: token) == ["http://127.0.0.1:8080/?token=a%26b%3Dc%2Fd%3Fe%23f%2520gh1"])
    // Nobody can connect to "every address".
    for text in ["0.0.0.0:8080", "[::]:8080"] {
      let links = try #require(ServerAddress(text)).links(token: nil)
      #expect(!links.isEmpty)
      #expect(links.allSatisfy { !$0.contains("0.0.0.0") && !$0.contains("[::]:") })
      #expect(links.allSatisfy { $0.hasPrefix("http://") && $0.hasSuffix(":8080/") })
    }
  }

  @Test(arguments: [
    "", "https://cam.example.org", "cam example", "cam.example.org/x", "[::1", "a:b",
  ])
  func noNames(text: String) { #expect(HostName(text) == nil) }

  @Test func keepsBrackets() throws {
    #expect(try #require(ServerAddress("[::1]:8080")).description == "[::1]:8080")
  }
}

@Suite struct AccessTokenTests {
  @Test(arguments: ["", "short", "fifteen-letters", "sixteen letters!", "umlaut-äöü-0123456789"])
  func refuses(text: String) { #expect(AccessToken(text) == nil) }

  @Test func takesWords() { #expect(AccessToken("0123456789abcdef") != nil) }
}
