import Foundation
import Glibc
import LiveMQTT
import TestSupport
import Testing

@Suite(
  "Whom a real broker lets in", .enabled(if: Mosquitto.isInstalled), .timeLimit(.minutes(10)))
struct BrokerAccessTests {
  private func run(_ program: String, _ arguments: [String], in folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(program) \(arguments)")
  }

  /// A folder that the broker, which is another user where root starts it, can read.
  private func open(_ folder: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: "\(folder)/\(name)")
    }
  }

  @Test("A wrong password is told of once, however often it is tried; the right one works")
  func passwords() throws {
    try withTemporaryDirectory { folder in
      try run("mosquitto_passwd", ["-b", "-c", "users", "house", "se:cret"], in: folder)
      try open(folder)
      let broker = try Mosquitto(in: folder, "allow_anonymous false\npassword_file \(folder)/users")
      for login in [nil, BrokerLogin(user: "house", password: "wrong")] {
        let house = try House(port: broker.port) { $0.login = login }
        usleep(800_000)
        #expect(house.reports.list == [.fault(.login)])
        house.finish()
      }
      let house = try House(port: broker.port) {
        $0.login = BrokerLogin(user: "house", password: "se:cret")
      }
      try house.waitUntilConnected()
      house.finish()
    }
  }

  @Test("Topics that a user may not write are named")
  func accessControl() throws {
    try withTemporaryDirectory { folder in
      try "topic read #\n".write(toFile: "\(folder)/acl", atomically: true, encoding: .utf8)
      try open(folder)
      let broker = try Mosquitto(in: folder, "allow_anonymous true\nacl_file \(folder)/acl")
      let house = try House(port: broker.port)
      house.take(Made.answer("cup"))
      #expect(
        house.reports.eventually {
          house.reports.remarks.contains {
            $0.hasPrefix("mmrl/box/dev-video0/state: the broker does")
          }
        })
      house.finish()
    }
  }

  @Test(
    "With TLS the broker's certificate must be of our own CA, or of the system's, and for its host")
  func encryption() throws {
    try withTemporaryDirectory { folder in
      let key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"]
      for name in ["ca", "other"] {
        try run(
          "openssl",
          ["req", "-x509"] + key
            + ["-keyout", "\(name).key", "-out", "\(name).pem", "-subj", "/CN=\(name)"],
          in: folder)
      }
      try run(
        "openssl",
        ["req"] + key.dropLast(2) + ["-keyout", "b.key", "-out", "b.csr", "-subj", "/CN=b"],
        in: folder)
      try "subjectAltName=DNS:localhost\n".write(
        toFile: "\(folder)/names", atomically: true, encoding: .utf8)
      try run(
        "openssl",
        [
          "x509", "-req", "-in", "b.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
          "-days", "2", "-extfile", "names", "-out", "b.pem",
        ], in: folder)
      try open(folder)
      let broker = try Mosquitto(
        in: folder, "allow_anonymous true\ncertfile \(folder)/b.pem\nkeyfile \(folder)/b.key")
      func house(_ host: String, _ authorities: String?, _ scheme: String = "mqtts") throws -> House
      {
        try House(port: broker.port, scheme: scheme, host: host) {
          $0.authorities = authorities.map { "\(folder)/\($0).pem" }
        }
      }
      let good = try house("localhost", "ca")
      try good.waitUntilConnected()
      good.take(Made.answer("cup"))
      let listener = try broker.listen(
        to: "mmrl/#", ["-h", "localhost", "--cafile", "\(folder)/ca.pem"])
      #expect(listener.hears { $0.payloads(of: "mmrl/box/dev-video0/state") == ["cup"] })
      good.finish()
      #expect(listener.hears { $0.payloads(of: "mmrl/box/status").last == "offline" })
      for (host, authorities) in [("localhost", "other"), ("localhost", nil), ("127.0.0.1", "ca")] {
        let bad = try house(host, authorities)
        #expect(bad.reports.eventually { !bad.reports.list.isEmpty })
        usleep(300_000)
        guard case .encryption? = bad.reports.faults.first, bad.reports.list.count == 1 else {
          Issue.record("\(host), \(authorities ?? "-"): \(bad.reports.list)")
          continue
        }
        bad.finish()
      }
      let plain = try house("localhost", nil, "mqtt")
      #expect(
        plain.reports.eventually { plain.reports.faults == [.hungUp] }, "\(plain.reports.list)")
      plain.finish()
    }
  }
}
