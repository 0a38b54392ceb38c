import ArgumentParser
import Basics
import Glibc
import LiveMQTT

/// Which broker is told what the sources show.
struct MQTTOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Tell an MQTT broker, as mqtt://host or mqtts://host.", valueName: "address"))
  var mqtt: String?

  @Option(
    help: ArgumentHelp(
      "The device's name in topics, mmrl/NAME/... (default: this machine's).", valueName: "name",
      visibility: .hidden))
  var mqttName: String?

  @Option(
    help: ArgumentHelp(
      "A file of user:password, or $MMRL_MQTT_USER and $MMRL_MQTT_PASSWORD.", valueName: "file",
      visibility: .hidden))
  var mqttLogin: String?

  @Option(
    help: ArgumentHelp(
      "Certificates (PEM) by which an mqtts:// broker is verified, in place of the system's.",
      valueName: "file", visibility: .hidden))
  var mqttCa: String?

  @Flag(help: ArgumentHelp("Publish the image when the answer changes.", visibility: .hidden))
  var mqttImage = false

  @Option(
    help: ArgumentHelp(
      "Where Home Assistant looks for devices (default: homeassistant).", valueName: "prefix|off",
      visibility: .hidden))
  var mqttDiscovery: String?

  @Flag(
    help: ArgumentHelp(
      "Take back what the broker has retained of this device, and end.", visibility: .hidden))
  var mqttForget = false

  func validate() throws {
    guard let mqtt else {
      if let option = givenBeside.first { throw ValidationError("\(option) is about --mqtt.") }
      return
    }
    let address = try Self.address(mqtt)
    if let mqttName, !Topics.isName(mqttName) {
      throw ValidationError(
        "--mqtt-name takes letters, digits, - and _, at most 64, since it stands in topics.")
    }
    if let mqttDiscovery, !Self.isPrefix(mqttDiscovery) {
      throw ValidationError(
        "--mqtt-discovery takes a topic without #, + and empty parts, as homeassistant, or off.")
    }
    if let mqttCa {
      guard address.isEncrypted else { throw ValidationError("--mqtt-ca is about mqtts://.") }
      try Self.checkCertificates(mqttCa)
    }
    _ = try login()
  }

  /// The options that were used.
  var given: [String] { (mqtt == nil ? [] : ["--mqtt"]) + givenBeside }

  private var givenBeside: [String] {
    [
      (mqttName != nil, "--mqtt-name"), (mqttLogin != nil, "--mqtt-login"),
      (mqttCa != nil, "--mqtt-ca"), (mqttImage, "--mqtt-image"),
      (mqttDiscovery != nil, "--mqtt-discovery"), (mqttForget, "--mqtt-forget"),
    ].filter(\.0).map(\.1)
  }

  /// What the broker is told of sources with these names, and topics where those are chosen; nil where no broker was named.
  func plan(sources: [String], topics: [String?] = []) throws -> BrokerPlan? {
    guard let mqtt else { return nil }
    let name = mqttName ?? Topics.slug(Self.machine, fallback: "box")
    let all = Topics(name: name, sources: sources, chosen: topics)
    var plan = BrokerPlan(try Self.address(mqtt), all)
    plan.login = try login()
    plan.authorities = mqttCa
    plan.hasImages = mqttImage
    if mqttDiscovery != "off" {
      plan.discovery = Discovery(
        plan.topics, names: sources, hasImages: mqttImage,
        prefix: mqttDiscovery ?? "homeassistant", version: Version.text)
    }
    return plan
  }

  /// Says what there is to say of the broker, with the option that helps.
  static func say(_ report: BrokerReport, of address: BrokerAddress) {
    let text =
      switch report {
      case .connected: "connected"
      case .back(let seconds): "back after \(Decimal.fixed(seconds, 1)) s"
      case .fault(let fault):
        text(of: fault, at: address) + "; it is tried again, and told the newest then"
      case .namesake(let name):
        "another program uses the name \(name) at this broker, and what both say is mixed up: give it one of its own (--mqtt-name)"
      case .remark(let text): text
      }
    Message.say("\(address): \(text)")
  }

  /// A fault, with the option that helps.
  static func text(of fault: BrokerFault, at address: BrokerAddress) -> String {
    let hint =
      switch fault {
      case .login: " (they are taken from $MMRL_MQTT_USER and $MMRL_MQTT_PASSWORD, or --mqtt-login)"
      case .encryption: " (--mqtt-ca names the certificate that the broker's is signed by)"
      case .hungUp where !address.isEncrypted: " (if it expects TLS: mqtts://)"
      default: ""
      }
    return "\(fault)\(hint)"
  }

  private static func address(_ text: String) throws -> BrokerAddress {
    do throws(BrokerAddress.Fault) {
      return try BrokerAddress(text)
    } catch {
      // Not the address itself: it might be a password that is wrong about it.
      let hint =
        error == .login ? " Use $MMRL_MQTT_USER and $MMRL_MQTT_PASSWORD, or --mqtt-login." : ""
      throw ValidationError("--mqtt takes a broker's address: \(error).\(hint)")
    }
  }

  private func login() throws -> BrokerLogin? {
    if let mqttLogin {
      do throws(BrokerLogin.Fault) {
        return try BrokerLogin(file: mqttLogin)
      } catch {
        throw ValidationError("--mqtt-login \(error)")
      }
    }
    let password = Self.variable("MMRL_MQTT_PASSWORD")
    guard let user = Self.variable("MMRL_MQTT_USER") else {
      guard password == nil else {
        throw ValidationError("There is $MMRL_MQTT_PASSWORD, but no $MMRL_MQTT_USER.")
      }
      return nil
    }
    guard let login = BrokerLogin(user: user, password: password) else {
      throw ValidationError("$MMRL_MQTT_USER or $MMRL_MQTT_PASSWORD is longer than MQTT takes.")
    }
    return login
  }

  private static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }

  private static func checkCertificates(_ path: String) throws {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileBytes.read(PathName(path), limit: 1 << 24)
    } catch {
      throw ValidationError("--mqtt-ca \(path): \(error)")
    }
    guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ") else {
      throw ValidationError("--mqtt-ca \(path): has no certificates in PEM.")
    }
  }

  private static func isPrefix(_ text: String) -> Bool {
    text.utf8.count <= 256 && !text.contains { "#+$\0".contains($0) || $0.isNewline }
      && !text.split(separator: "/", omittingEmptySubsequences: false).contains("")
  }

  /// What this machine is called.
  private static var machine: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
