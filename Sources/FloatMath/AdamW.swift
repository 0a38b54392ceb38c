import CFloatKernels
import Glibc

/// Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2), as PyTorch computes it.
public struct AdamW: Sendable, Equatable {
  /// The running averages of one tensor's gradient and of its square.
  public struct Moments: Sendable {
    /// Average of the gradient.
    public var first: Matrix
    /// Average of its square.
    public var second: Matrix

    /// Zeros of a tensor's shape.
    public init(like weights: Matrix) {
      first = Matrix(rows: weights.rows, columns: weights.columns)
      second = first
    }

    /// Moments as an earlier run left them.
    public init(first: Matrix, second: Matrix) {
      self.first = first
      self.second = second
    }
  }

  /// Decay of the average of gradients.
  public var beta1 = 0.9
  /// Decay of the average of their squares.
  public var beta2 = 0.999
  /// Added to the root of the second moment.
  public var epsilon = 1e-8
  /// Part of a weight that a step at learning rate 1 takes away.
  public var weightDecay: Double

  /// An optimiser with this weight decay and the usual constants.
  public init(weightDecay: Double) { self.weightDecay = weightDecay }

  /// One update of `weights` in place.
  ///
  /// - Parameters:
  ///   - weights: changed in place.
  ///   - gradient: of the weights' shape.
  ///   - moments: those of this tensor.
  ///   - step: 1 at the first update of these moments.
  ///   - learningRate: of this step.
  public func update(
    _ weights: inout Matrix, gradient: Matrix, moments: inout Moments, step: Int,
    learningRate: Double
  ) {
    precondition(
      gradient.rows == weights.rows && gradient.columns == weights.columns
        && moments.first.count == weights.count && step >= 1)
    let constants = cf_adamw(
      learning_rate: Float(learningRate), beta1: Float(beta1), beta2: Float(beta2),
      epsilon: Float(epsilon), weight_decay: Float(weightDecay),
      bias_correction1: Float(1 - pow(beta1, Double(step))),
      sqrt_bias_correction2: Float((1 - pow(beta2, Double(step))).squareRoot()))
    unsafe Kernels.table.pointee.adamw(
      weights.mutablePointer(), gradient.pointer, moments.first.mutablePointer(),
      moments.second.mutablePointer(), weights.count, constants)
  }
}
