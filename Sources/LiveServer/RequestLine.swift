import NIOCore

/// Watches whether a request's first line is complete, which tells a long address from long headers.
final class RequestLine: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private(set) var isComplete = false

  /// Another request begins.
  func begin() { isComplete = false }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !isComplete {
      isComplete = unwrapInboundIn(data).readableBytesView.contains(UInt8(ascii: "\n"))
    }
    context.fireChannelRead(data)
  }
}
