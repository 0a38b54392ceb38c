import CLIPModel
import FloatMath
import ModelFile

/// A transformer block of a tower on its way into a model file.
struct BlockExport {
  /// Whose block it is.
  enum Tower {
    case vision
    case text

    /// What the names of its tensors begin with, in checkpoints and in model files.
    var prefixes: (checkpoint: String, model: String) {
      self == .vision ? ("visual.", "visual.") : ("", "text.")
    }

    func width(_ geometry: CLIPGeometry) -> Int {
      self == .vision ? geometry.visionWidth : geometry.textWidth
    }

    func mlpWidth(_ geometry: CLIPGeometry) -> Int {
      self == .vision ? geometry.visionMLPWidth : geometry.textMLPWidth
    }
  }

  /// How strongly each of the three smoothed inputs was smoothed.
  private(set) var strengths: [Float] = []

  /// The linear layers, in their order here.
  private static let names = ["qkv", "out", "fc1", "fc2"]

  private let tower: Tower
  private var norms: [(gain: [Float], bias: [Float])] = []
  private var linears: [QuantizedLinear] = []
  /// What rounding left of the layers' weights; empty for the image tower, whose time is what counts.
  private var residuals: [QuantizedLinear] = []

  /// Reads, smooths and quantises a block.
  ///
  /// - Parameters:
  ///   - tower: whose block.
  ///   - layer: counted from 1.
  ///   - checkpoint: where the weights are.
  ///   - statistics: what calibration saw.
  ///   - workers: threads that share the work.
  /// - Throws: when a tensor cannot be read.
  init(
    _ tower: Tower, layer: Int, of checkpoint: CLIPCheckpoint, _ statistics: TowerStatistics,
    workers: Workers
  ) throws {
    self.tower = tower
    let width = tower.width(checkpoint.geometry)
    let prefix = "\(tower.prefixes.checkpoint)transformer.resblocks.\(layer - 1)."
    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix {
      Matrix(rows: rows, columns: columns, try checkpoint.tensor(prefix + name))
    }
    func smoothing(_ weight: Matrix, _ input: BlockActivation) -> Smoothing {
      guard let seen = statistics[layer, input] else { return .none(channels: weight.columns) }
      return Smoothing.fit(weight, seen, workers: workers)
    }
    func quantize(
      _ weight: Matrix, _ bias: [Float], _ input: BlockActivation, _ factors: [Float]? = nil
    ) -> (linear: QuantizedLinear, residual: QuantizedLinear?) {
      let squares = statistics[layer, input]?.meanSquare
      let importance = squares.map { squares in
        factors.map { zip(squares, $0).map { $0 / ($1 * $1) } } ?? squares
      }
      let linear = QuantizedLinear(
        weight: weight, bias: bias, importance: importance, workers: workers)
      return (linear, tower == .text ? linear.residual(of: weight) : nil)
    }

    var quantized: [(linear: QuantizedLinear, residual: QuantizedLinear?)] = []
    var qkv = try matrix("attn.in_proj_weight", 3 * width, width)
    var qkvBias = try checkpoint.tensor(prefix + "attn.in_proj_bias")
    let attentionInput = smoothing(qkv, .qkvInput)
    qkv = qkv.scalingColumns(by: attentionInput.factors)
    let out = try matrix("attn.out_proj.weight", width, width)
    // Attention mixes the rows of a value channel, never its channels, so a channel's factor passes through.
    let values = smoothing(out, .outInput)
    qkv.divideRows(2 * width..<3 * width, by: values.factors)
    for (channel, factor) in values.factors.enumerated() { qkvBias[2 * width + channel] /= factor }
    quantized.append(quantize(qkv, qkvBias, .qkvInput, attentionInput.factors))
    quantized.append(
      quantize(
        out.scalingColumns(by: values.factors),
        try checkpoint.tensor(prefix + "attn.out_proj.bias"),
        .outInput, values.factors))

    let mlpWidth = tower.mlpWidth(checkpoint.geometry)
    let fc1 = try matrix("mlp.c_fc.weight", mlpWidth, width)
    let mlpInput = smoothing(fc1, .fc1Input)
    quantized.append(
      quantize(
        fc1.scalingColumns(by: mlpInput.factors), try checkpoint.tensor(prefix + "mlp.c_fc.bias"),
        .fc1Input, mlpInput.factors))
    quantized.append(
      quantize(
        try matrix("mlp.c_proj.weight", width, mlpWidth),
        try checkpoint.tensor(prefix + "mlp.c_proj.bias"), .fc2Input))

    linears = quantized.map(\.linear)
    residuals = quantized.compactMap(\.residual)

    for (name, smoothing) in [("ln_1", attentionInput), ("ln_2", mlpInput)] {
      let gain = try checkpoint.tensor("\(prefix)\(name).weight")
      let bias = try checkpoint.tensor("\(prefix)\(name).bias")
      norms.append(
        (
          zip(gain, smoothing.factors).map { $0 / $1 }, zip(bias, smoothing.factors).map { $0 / $1 }
        ))
    }
    strengths = [attentionInput.strength, values.strength, mlpInput.strength]
  }

  /// Writes the block's tensors.
  func write(to writer: inout ModelWriter, block: Int) throws {
    let prefix = "\(tower.prefixes.model)blocks.\(block)."
    try writer.add(norm: prefix + "ln_1", norms[0])
    try writer.add(norm: prefix + "ln_2", norms[1])
    for (name, linear) in zip(Self.names, linears) {
      try writer.add(linear: prefix + name, linear)
    }
    for (name, residual) in zip(Self.names, residuals) {
      try writer.add(matrix: "text.residual.blocks.\(block).\(name)", residual)
    }
  }
}

extension Smoothing {
  static func none(channels: Int) -> Smoothing {
    Smoothing(factors: [Float](repeating: 1, count: channels), strength: 0)
  }
}

extension ModelWriter {
  mutating func add(linear name: String, _ linear: QuantizedLinear) throws(ModelFileError) {
    try add(matrix: name, linear)
    try add(name + ".bias", shape: [linear.bias.count], linear.bias)
  }

  /// The layer without its bias.
  mutating func add(matrix name: String, _ linear: QuantizedLinear) throws(ModelFileError) {
    let outputs = linear.scale.count
    try add(name + ".weight", shape: [outputs, linear.inputs], linear.weight)
    try add(name + ".scale", shape: [outputs], linear.scale)
  }

  mutating func add(
    norm name: String, _ norm: (gain: [Float], bias: [Float])
  ) throws(ModelFileError) {
    try add(name + ".gain", shape: [norm.gain.count], norm.gain)
    try add(name + ".bias", shape: [norm.bias.count], norm.bias)
  }
}
