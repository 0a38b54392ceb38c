internal import CMosquitto

/// Why there is no connection to the broker.
package enum BrokerFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// Its name is not known, or not now.
  case notFound
  /// It cannot be connected to, in the system's words.
  case unreachable(String)
  /// It does not answer any more, or never has.
  case silent
  /// The connection ended, in words.
  case lost(String)
  /// It ended before there was an answer, as it does where one side expects TLS.
  case hungUp
  /// User or password is wrong, or they are missing.
  case login
  /// It does not know this version of MQTT.
  case version
  /// It wants nothing of us, in words.
  case refused(String)
  /// The encrypted connection could not be made, in the library's words.
  case encryption(String)

  /// Whether it may pass by itself: otherwise somebody has to do something.
  package var mayPass: Bool {
    switch self {
    case .notFound, .unreachable, .silent, .lost, .hungUp: true
    case .login, .version, .refused, .encryption: false
    }
  }

  /// One line for a person.
  package var description: String {
    switch self {
    case .notFound: "its name cannot be resolved"
    case .unreachable(let reason): "cannot be reached: \(reason)"
    case .silent: "does not answer"
    case .lost(let reason): "lost: \(reason)"
    case .hungUp: "hangs up on the first message"
    case .login: "refuses the login: user or password is wrong or missing"
    case .version: "speaks neither MQTT 5 nor 3.1.1"
    case .refused(let reason): "refuses the connection: \(reason)"
    case .encryption(let reason): "there can be no encrypted connection: \(reason)"
    }
  }
}

extension BrokerFault {
  /// What a broker's no to the first message means, in the numbers of either version.
  init(answer code: Int32) {
    switch UInt32(bitPattern: code) {
    case CONNACK_REFUSED_PROTOCOL_VERSION.rawValue, MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION.rawValue:
      self = .version
    case CONNACK_REFUSED_BAD_USERNAME_PASSWORD.rawValue, CONNACK_REFUSED_NOT_AUTHORIZED.rawValue,
      MQTT_RC_BAD_USERNAME_OR_PASSWORD.rawValue, MQTT_RC_NOT_AUTHORIZED.rawValue:
      self = .login
    default:
      self = .refused(
        unsafe String(
          cString: code < 128 ? mosquitto_connack_string(code) : mosquitto_reason_string(code)))
    }
  }
}

/// What there is to say of a broker, once each.
package enum BrokerReport: Sendable, Equatable {
  /// It is there.
  case connected
  /// It is there again after so many seconds.
  case back(after: Double)
  /// It is not; it is being tried again.
  case fault(BrokerFault)
  /// Another program says that it is the device of this name.
  case namesake(String)
  /// Something else, in words.
  case remark(String)
}
