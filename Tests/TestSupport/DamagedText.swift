/// Texts with a few things wrong, to see that whatever reads them answers with a value or an error.
///
/// `tools/fuzz/damaged-files` does the same to the programs, for longer.
package enum DamagedText {
  /// Numbers that a reader may not expect where it reads one.
  private static let numbers = [
    "-1", "0", "65537", "9223372036854775807", "9223372036854775808", "1e308", "0.5", "null", "[]",
  ].map { Array($0.utf8) }

  /// `text` with one to four things wrong.
  private static func damaged(_ text: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var text = text
    for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty {
      let place = Int.random(in: text.indices, using: &random)
      let end = min(place + Int.random(in: 1...60, using: &random), text.count)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: text.removeSubrange(place...)
      case 1: text[place] = UInt8.random(in: 0...255, using: &random)
      case 2: text.removeSubrange(place..<end)
      case 3:
        text.insert(
          contentsOf: text[place..<end], at: text.indices.randomElement(using: &random) ?? 0)
      default:
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let first = text[place...].firstIndex(where: isDigit) else { continue }
        let last = text[first...].firstIndex { !isDigit($0) } ?? text.endIndex
        text.replaceSubrange(first..<last, with: numbers.randomElement(using: &random) ?? [])
      }
    }
    return text
  }

  /// Damages `text` in many ways; returns how many of them `read` refused.
  package static func refusals(
    of text: [UInt8], rounds: Int, _ read: ([UInt8]) throws -> Void
  ) throws -> Int {
    try read(text)
    var random = SplitMix64(seed: UInt64(text.count))
    var refused = 0
    for _ in 0..<rounds {
      do { try read(Self.damaged(text, &random)) } catch { refused += 1 }
    }
    return refused
  }
}
