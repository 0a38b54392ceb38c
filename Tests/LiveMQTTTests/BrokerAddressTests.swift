import Foundation
import LiveMQTT
import TestSupport
import Testing

@Suite("Where the broker is, and as whom we come")
struct BrokerAddressTests {
  @Test(arguments: [
    ("mqtt://broker", "broker", 1883, false), ("MQTTS://broker.lan/", "broker.lan", 8883, true),
    ("mqtt://192.0.2.7:1", "192.0.2.7", 1, false),
    ("mqtts://[fd00::1]:65535", "fd00::1", 65535, true),
  ])
  func good(text: String, host: String, port: Int, isEncrypted: Bool) throws {
    let address = try BrokerAddress(text)
    #expect(address.host == host && address.port == port && address.isEncrypted == isEncrypted)
    #expect(try BrokerAddress("\(address)") == address)
  }

  @Test(
    arguments: [
      ("", .scheme), ("broker", .scheme), ("http://broker", .scheme), ("mqtt:broker", .scheme),
      ("mqtt://", .host), ("mqtt://:1883", .host), ("mqtt://[::1", .host), ("mqtt://[]:1", .host),
      ("mqtt://a b", .host), ("mqtt://[::1]x", .host), ("mqtt://ä", .host), ("mqtt://a\0", .host),
      ("mqtt://b:0", .port("0")), ("mqtt://b:70000", .port("70000")), ("mqtt://b:", .port("")),
      ("mqtt://b:-1", .port("-1")), ("mqtt://b:１", .port("１")), ("mqtt://b:x", .port("x")),
      ("mqtt://b/topic", .path), ("mqtt://b?x", .path), ("mqtt://b#", .path),
      ("mqtt://u:p@b", .login), ("mqtt://u@b", .login), ("mqtt://u:p/@b", .login),
    ] as [(String, BrokerAddress.Fault)])
  func bad(text: String, fault: BrokerAddress.Fault) {
    #expect(throws: fault) { try BrokerAddress(text) }
  }

  @Test func logins() throws {
    try withTemporaryDirectory { folder in
      func login(_ text: String, mode: Int = 0o600) throws -> BrokerLogin {
        let path = "\(folder)/login-\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return try BrokerLogin(file: path)
      }
      let expected = BrokerLogin(user: "house", password: "a:b c")
      #expect(try login("house:a:b c\n") == expected)
      #expect(try login("house\na:b c") == expected)
      #expect(try login("house\r\na:b c\r\n\r\n", mode: 0o640) == expected)
      for text in ["", "house", "\n\n", ":secret", "a\nb\nc", "house\0:x"] {
        #expect(throws: BrokerLogin.Fault.self) { try login(text) }
      }
      do {
        _ = try login("house:secret", mode: 0o644)
        Issue.record("a file that everybody can read")
      } catch let fault as BrokerLogin.Fault {
        #expect("\(fault)".contains("chmod o-r") && !"\(fault)".contains("secret"))
      }
      #expect(throws: BrokerLogin.Fault.self) { try BrokerLogin(file: "\(folder)/none") }
    }
  }
}
