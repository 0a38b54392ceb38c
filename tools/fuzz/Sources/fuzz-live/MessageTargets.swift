import FuzzTarget

@testable import Capture
@testable import Classification
@testable import Imaging
@testable import LiveMQTT
@testable import LiveSaving
@testable import LiveServer
@testable import Tokenization

/// Decides about a message of a broker: its first byte says whether it was retained.
@Sendable func judgeMessage(_ bytes: [UInt8]) {
  var gate = CommandGate()
  let text = Array(bytes.dropFirst())
  for topic in ["mmrl/a/set", String(decoding: text, as: UTF8.self)] {
    let message = CommandGate.Message(
      topic: topic, start: Array(text.prefix(64)), count: text.count,
      isRetained: bytes.first == 0)
    _ = gate.judge(message)
    _ = gate.judge(message)
  }
}

/// Reads addresses, names and times as clients and command lines give them.
@Sendable func readNames(_ bytes: [UInt8]) {
  let text = String(decoding: bytes, as: UTF8.self)
  _ = try? BrokerAddress(text)
  _ = Topics(name: Topics.slug(text, fallback: "a"), sources: [text, text])
  _ = StreamAddress(text)
  _ = URLAddress(text)
  _ = HostName(text)
  _ = AccessToken(text)
  _ = ServerAddress(text)?.links(token: nil)
  _ = SavedName(text)
  _ = WallTime(text: text)
  _ = LabelNameFault(named: text)
  _ = FrameSize(text)
  _ = FourCC(text)
  _ = ImageRegion(text)
}

private let savedName: SavedName = {
  guard let name = SavedName("2026-01-02T03-04-05.678Z_a_1") else { fatalError("no such name") }
  return name
}()

/// Reads the record beside a picture that was kept.
@Sendable func readSavedPicture(_ bytes: [UInt8]) {
  if let picture = SavedPicture(savedName, json: bytes) { _ = picture.json }
}
