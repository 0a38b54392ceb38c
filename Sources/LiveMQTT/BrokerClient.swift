internal import Basics
internal import CMosquitto
internal import Capture
internal import Glibc

/// One connection to a broker by libmosquitto; all calls come from one thread, and none but `connect` waits.
///
/// What comes of them is in `takeNews`. Nothing of it outlives the connection: what was on its way is sent again by whoever
/// knows whether it still holds.
@safe final class BrokerClient {
  /// What came from the broker.
  enum News {
    /// The answer to the first message; 0 is yes.
    case answer(Int32)
    /// A message has been taken, or not: from 128 on.
    case taken(topic: String, reason: Int32)
    /// A subscription has been refused.
    case subscriptionRefused
    case message(CommandGate.Message)
  }

  private let handle: OpaquePointer
  private let plan: BrokerPlan
  private let isVersion5: Bool
  private let largestMessage: UInt32?
  private var news: [News] = []
  /// Topics by the numbers of messages that are on their way.
  private var pending: [Int32: String] = [:]
  /// When something was last taken, or began to wait for that.
  private var moved = MonotonicTime.now
  /// Subscriptions that one can do without, by the numbers of their messages.
  private var optional: Set<Int32> = []
  /// The library's last words about an error.
  private var complaint: String?

  /// A client that is not connected.
  ///
  /// - Parameters:
  ///   - plan: which broker, as whom.
  ///   - isVersion5: the version of MQTT: 5, or 3.1.1.
  ///   - hasWill: whether the broker is to say that we have gone, when we do.
  ///   - largestMessage: bytes of what the broker may send, so that nobody can fill our memory; nil for any number. Only
  ///     brokers that speak version 5 keep to it.
  /// - Throws: when there is no memory, or the library refuses a setting.
  init(
    _ plan: BrokerPlan, isVersion5: Bool, hasWill: Bool, largestMessage: UInt32?
  ) throws(BrokerFault) {
    // Another one each time: of two with the same one the broker drops the first, which comes back, and so on.
    let number = String(UInt64.random(in: 0 ... .max), radix: 16)
    guard let handle = unsafe mosquitto_new("mmrl-\(number)", true, nil) else {
      throw .refused("there is no memory for it")
    }
    unsafe self.handle = handle
    self.plan = plan
    self.isVersion5 = isVersion5
    self.largestMessage = largestMessage
    try check(
      unsafe mosquitto_int_option(
        handle, MOSQ_OPT_PROTOCOL_VERSION, isVersion5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311))
    try check(unsafe mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1))
    if let login = plan.login {
      try check(unsafe mosquitto_username_pw_set(handle, login.user, login.password))
    }
    if plan.address.isEncrypted {
      if let file = plan.authorities {
        try check(unsafe mosquitto_tls_set(handle, file, nil, nil, nil, nil))
      } else {
        try check(unsafe mosquitto_int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1))
      }
    }
    if hasWill {
      let will = Array(Status.offline.rawValue.utf8)
      try check(
        unsafe will.withUnsafeBytes {
          unsafe mosquitto_will_set(
            handle, plan.topics.status, Int32($0.count), $0.baseAddress, 1, true)
        })
    }
    setCallbacks()
  }

  deinit { unsafe mosquitto_destroy(handle) }

  private func check(_ code: Int32) throws(BrokerFault) {
    guard code != Int32(MOSQ_ERR_SUCCESS.rawValue) else { return }
    throw fault(code, errno)
  }

  // MARK: What the program does

  /// Connects, which may take as long as the system tries; the broker's answer comes later.
  func connect() throws(BrokerFault) {
    var properties: OpaquePointer?
    defer { unsafe mosquitto_property_free_all(&properties) }
    if isVersion5, let largestMessage {
      try check(
        unsafe mosquitto_property_add_int32(
          &properties, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), largestMessage))
    }
    let code = unsafe mosquitto_connect_bind_v5(
      handle, plan.address.host, Int32(plan.address.port), plan.limits.keepAlive, nil, properties)
    let number = errno
    switch mosq_err_t(rawValue: .init(code)) {
    case MOSQ_ERR_SUCCESS: break
    case MOSQ_ERR_EAI: throw .notFound
    case MOSQ_ERR_ERRNO: throw .unreachable("\(SystemError(code: number))")
    default: throw fault(code, number)
    }
    // Commands of the user's that are started later have no use for it.
    _ = fcntl(unsafe mosquitto_socket(handle), F_SETFD, FD_CLOEXEC)
    moved = .now
  }

  /// Waits for the broker, for `wake`, or for a time, and does what is to do.
  func pump(_ wake: WakePipe, seconds: Double) throws(BrokerFault) {
    let events = unsafe POLLIN | (mosquitto_want_write(handle) ? POLLOUT : 0)
    var wanted = [
      pollfd(fd: unsafe mosquitto_socket(handle), events: Int16(events), revents: 0),
      pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    unsafe poll(&wanted, 2, Int32(seconds * 1000))
    if wanted[1].revents != 0 { wake.clear() }
    let happened = Int32(wanted[0].revents)
    var code = Int32(MOSQ_ERR_SUCCESS.rawValue)
    errno = 0
    if happened & ~POLLOUT != 0 { code = unsafe mosquitto_loop_read(handle, 1) }
    if code == 0, happened & POLLOUT != 0 { code = unsafe mosquitto_loop_write(handle, 1) }
    if code == 0 { code = unsafe mosquitto_loop_misc(handle) }
    try check(code)
  }

  /// What has come since the last call.
  func takeNews() -> [News] {
    defer { news = [] }
    return news
  }

  /// Messages on their way.
  var pendingCount: Int { pending.count }

  /// Whether nothing of what is on its way was taken for so many seconds.
  func isStuck(for seconds: Double) -> Bool {
    !pending.isEmpty && MonotonicTime.now - moved > seconds
  }

  /// Sends a message.
  ///
  /// - Returns: false where it is too large for the broker.
  /// - Throws: when the connection is lost.
  func publish(_ bytes: [UInt8], to topic: String, isRetained: Bool) throws(BrokerFault) -> Bool {
    var number: Int32 = 0
    let code = unsafe bytes.withUnsafeBytes {
      unsafe mosquitto_publish(
        handle, &number, topic, Int32($0.count), $0.baseAddress, 1, isRetained)
    }
    switch mosq_err_t(rawValue: .init(code)) {
    case MOSQ_ERR_OVERSIZE_PACKET, MOSQ_ERR_PAYLOAD_SIZE: return false
    default: try check(code)
    }
    if pending.isEmpty { moved = .now }
    pending[number] = topic
    return true
  }

  /// Asks for a topic's messages.
  func subscribe(to topic: String) throws(BrokerFault) {
    try check(unsafe mosquitto_subscribe(handle, nil, topic, 1))
  }

  /// Asks for what others send to a topic, where the broker can tell that from what we send there: since version 5.
  func subscribeToOthers(at topic: String) throws(BrokerFault) {
    guard isVersion5 else { return }
    var number: Int32 = 0
    try check(
      unsafe mosquitto_subscribe_v5(
        handle, &number, topic, 1, Int32(MQTT_SUB_OPT_NO_LOCAL.rawValue), nil))
    optional.insert(number)
  }

  /// Takes leave: the broker keeps the will to itself.
  func disconnect() { unsafe mosquitto_disconnect(handle) }

  // MARK: What the library says

  private func fault(_ code: Int32, _ number: Int32) -> BrokerFault {
    switch mosq_err_t(rawValue: .init(code)) {
    case MOSQ_ERR_TLS, MOSQ_ERR_TLS_HANDSHAKE: .encryption(complaint ?? "it failed")
    case MOSQ_ERR_KEEPALIVE: .silent
    case MOSQ_ERR_EAI, MOSQ_ERR_LOOKUP: .notFound
    case MOSQ_ERR_ERRNO where plan.address.isEncrypted && complaint != nil:
      .encryption(complaint ?? "")
    case MOSQ_ERR_CONN_LOST, MOSQ_ERR_NO_CONN: .lost("the broker has closed the connection")
    case MOSQ_ERR_ERRNO where number == 0: .lost("the connection broke off")
    case MOSQ_ERR_ERRNO: .lost("\(SystemError(code: number))")
    default: .lost(unsafe String(cString: mosquitto_strerror(code)))
    }
  }

  private static func at(_ object: UnsafeMutableRawPointer?) -> BrokerClient? {
    unsafe object.map { unsafe Unmanaged<BrokerClient>.fromOpaque($0).takeUnretainedValue() }
  }

  private func setCallbacks() {
    unsafe mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
    unsafe mosquitto_connect_callback_set(handle) { _, object, code in
      unsafe BrokerClient.at(object)?.news.append(.answer(code))
    }
    unsafe mosquitto_publish_v5_callback_set(handle) { _, object, number, reason, _ in
      unsafe BrokerClient.at(object)?.noteTaken(number, reason)
    }
    unsafe mosquitto_subscribe_callback_set(handle) { _, object, number, count, granted in
      guard count > 0, let granted = unsafe granted, unsafe granted.pointee >= 128,
        let client = unsafe BrokerClient.at(object), !client.optional.contains(number)
      else { return }
      client.news.append(.subscriptionRefused)
    }
    unsafe mosquitto_message_callback_set(handle) { _, object, message in
      if let message = unsafe message { unsafe BrokerClient.at(object)?.note(message.pointee) }
    }
    unsafe mosquitto_log_callback_set(handle) { _, object, level, text in
      guard level == MOSQ_LOG_ERR, let text = unsafe text else { return }
      unsafe BrokerClient.at(object)?.complaint = unsafe String(cString: text)
    }
  }

  private func noteTaken(_ number: Int32, _ reason: Int32) {
    guard let topic = pending.removeValue(forKey: number) else { return }
    moved = .now
    news.append(.taken(topic: topic, reason: reason))
  }

  private func note(_ message: mosquitto_message) {
    let count = Int(unsafe message.payloadlen)
    let start = unsafe UnsafeRawBufferPointer(
      start: message.payload, count: min(count, CommandGate.Message.startLimit))
    news.append(
      .message(
        CommandGate.Message(
          topic: unsafe String(cString: message.topic), start: unsafe Array(start), count: count,
          isRetained: unsafe message.retain)))
  }
}

/// What the device's own topic says.
enum Status: String {
  case online
  case offline
}
