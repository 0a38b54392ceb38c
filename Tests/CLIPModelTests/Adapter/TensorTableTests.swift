import CLIPModel
import CLIPTestSupport
import FloatMath
import Testing

@Suite struct TensorTableTests {
  @Test func valuesChangeInPlace() {
    var gradients = RandomCLIP.adapter(.mmrl).tensors.map { _ in 1 }
    gradients["image_encoder.proj_rep"] += 4
    #expect(gradients["image_encoder.proj_rep"] == 5)
    #expect(gradients.values.values.count { $0 == 1 } == gradients.names.count - 1)
    #expect(gradients.names == gradients.names.sorted())
  }

  @Test func aMisspeltNameStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var gradients = RandomCLIP.adapter(.mmrl).tensors.map { _ in 1 }
      gradients["image_encoder.proj_rap"] += 4
    }
  }
}
