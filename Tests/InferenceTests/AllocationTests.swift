import Inference
import ModelFile
import TestSupport
import Testing

@Suite("Memory of a forward pass")
struct AllocationTests {
  @Test("allocates nothing, on any thread", arguments: [1, 2])
  func allocatesNothing(threads: Int) throws {
    var fixture = ModelFixture(.mmrlPlusPlus)
    fixture.hasDiscriminant = true
    let model = try fixture.reader()
    let engine = try Engine(model, threads: threads)
    let session = engine.makeSession(maximumBatch: 2, profiling: true)
    let pixels = EngineTests.crops(2, of: model.manifest)
    var logits = [Float](repeating: 0, count: 3)
    let count = Allocations.onAllThreads {
      session.encode(pixels.span)
      var span = logits.mutableSpan
      session.logits(of: 1, .known, into: &span)
      Session.softmax(&span)
    }
    #expect(count == 0)
  }
}
