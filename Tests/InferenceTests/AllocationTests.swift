import Inference
import ModelFile
import TestSupport
import Testing

@Suite("Memory of a forward pass")
struct AllocationTests {
  /// In a process of its own, where nothing else allocates: the counter is that of all threads.
  @Test("allocates nothing, on any thread")
  func allocatesNothing() async {
    // One of each, since a closure that captures the number needs Swift 6.3.
    await #expect(processExitsWith: .success) { try Self.allocateNothing(threads: 1) }
    await #expect(processExitsWith: .success) { try Self.allocateNothing(threads: 2) }
  }

  private static func allocateNothing(threads: Int) throws {
    var fixture = ModelFixture(.mmrlPlusPlus)
    fixture.hasDiscriminant = true
    let model = try fixture.reader()
    let engine = try Engine(model, threads: threads)
    let session = engine.makeSession(maximumBatch: 2, profiling: true)
    let pixels = EngineTests.crops(2, of: model.manifest)
    var logits = [Float](repeating: 0, count: 3)
    func pass() {
      session.encode(pixels.span)
      var span = logits.mutableSpan
      session.logits(of: 1, .known, into: &span)
      Session.softmax(&span)
    }
    pass()
    #expect(Allocations.onAllThreads { for _ in 0..<10 { pass() } } == 0)
  }
}
