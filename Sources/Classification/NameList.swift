package import Basics
internal import Glibc

/// Names read from a file or pipe as they come, one a line, or ended by zero bytes (`find -print0`): then a
/// line feed is part of a name.
package struct NameList: Sendable {
  private let descriptor: Int32
  /// Names that have been read, the next one last.
  private var names: [[UInt8]] = []
  /// The beginning of a name.
  private var rest: [UInt8] = []
  private var hasEnded = false
  /// Whether zeros alone end names: what comes first has one.
  private var endsAreZeros: Bool?

  /// Names from an open file; stdin unless another is given.
  package init(descriptor: Int32 = 0) { self.descriptor = descriptor }

  /// Names that need no waiting.
  var known: Int { names.count }

  /// The next name, which may have to be waited for; nil at the end.
  ///
  /// - Throws: what the system says when reading fails.
  package mutating func next() throws(SystemError) -> PathName? {
    while names.isEmpty, !hasEnded { try read() }
    return names.popLast().map { PathName($0) }
  }

  private mutating func read() throws(SystemError) {
    let chunk = try readChunk()
    hasEnded = chunk.isEmpty
    let endsAreZeros = endsAreZeros ?? chunk.contains(0)
    self.endsAreZeros = endsAreZeros
    var pieces = (rest + chunk).split(omittingEmptySubsequences: false) {
      $0 == 0 || $0 == UInt8(ascii: "\n") && !endsAreZeros
    }
    // What follows the last end is not a name yet.
    rest = hasEnded ? [] : Array(pieces.removeLast())
    names = pieces.reversed().compactMap { piece in
      let hasReturn = !endsAreZeros && piece.last == UInt8(ascii: "\r")
      let name = hasReturn ? piece.dropLast() : piece
      return name.isEmpty ? nil : Array(name)
    }
  }

  private func readChunk() throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { bytes, count in
      var got: Int
      repeat {
        got = unsafe Glibc.read(descriptor, bytes.baseAddress, bytes.count)
      } while got < 0 && errno == EINTR
      if got < 0 { failure = .last }
      count = max(got, 0)
    }
    if let failure { throw failure }
    return chunk
  }
}
