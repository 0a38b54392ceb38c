import Basics
import Testing

@Suite struct AlignedBufferTests {
  /// Eight megabytes lie on huge pages.
  @Test(arguments: [0, 1, 17, 1000, 1 << 21])
  func zeroedMemoryIsZeroAndAligned(count: Int) {
    var buffer = AlignedBuffer<Float>(zeroed: count)
    #expect(buffer.count == count)
    #expect(UInt(bitPattern: buffer.base) % (count == 1 << 21 ? 2 << 20 : 64) == 0)
    buffer.withSpan { span in
      #expect(span.count == count)
      #expect(span.indices.allSatisfy { span[$0] == 0 })
    }
    buffer.withMutableSpan { span in
      for index in span.indices { span[index] = Float(index % 1000) }
    }
    buffer.withSpan { span in
      #expect(span.indices.allSatisfy { span[$0] == Float($0 % 1000) })
    }
  }

  /// Of a size that no other test takes: blocks are shared by the whole process.
  @Test func pooledMemoryIsUsedAgain() {
    func address(_ count: Int) -> UInt {
      let buffer = AlignedBuffer<Int32>(pooled: count)
      #expect(UInt(bitPattern: buffer.base) % 64 == 0)
      return UInt(bitPattern: buffer.base)
    }
    let first = address(77_777)
    // Nearly equal sizes share their blocks; two buffers never do.
    #expect(address(77_770) == first)
    let one = AlignedBuffer<Int32>(pooled: 77_777)
    #expect(UInt(bitPattern: one.base) == first)
    #expect(address(77_777) != first)
    #expect(one.count == 77_777)
  }

  @Test func errorsComeThrough() {
    struct Refused: Error, Equatable {}
    var buffer = AlignedBuffer<UInt8>(zeroed: 1)
    do throws(Refused) {
      try buffer.withSpan { _ throws(Refused) in throw Refused() }
      Issue.record("no error")
    } catch {}
    do throws(Refused) {
      try buffer.withMutableSpan { _ throws(Refused) in throw Refused() }
      Issue.record("no error")
    } catch {}
  }
}
