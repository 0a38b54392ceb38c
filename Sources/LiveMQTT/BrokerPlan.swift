/// Which broker, and what it is told of.
package struct BrokerPlan: Sendable {
  /// Times and numbers, in seconds.
  package struct Limits: Sendable {
    /// Until a broker must have answered the first message.
    package var connecting = 15.0
    /// Until it must have taken what was sent to it.
    package var taking = 60.0
    /// After which a quiet connection is tested; 5 at least.
    package var keepAlive: Int32 = 30
    /// The first wait before it is tried again.
    package var shortestWait = 1.0
    /// The longest.
    package var longestWait = 60.0
    /// Between two records of a source whose answer does not change.
    package var period = 5.0
    /// At the end of the program.
    package var ending = 2.0
    /// Messages on their way at once.
    package var window = 4

    /// The limits for daily use.
    package init() {}
  }

  /// Where it is.
  package var address: BrokerAddress
  /// As whom.
  package var login: BrokerLogin?
  /// A file of certificates by which the broker's is verified; nil for the system's.
  package var authorities: String?
  /// Where what is published goes.
  package var topics: Topics
  /// What tells Home Assistant of it; nil where it is not to know.
  package var discovery: Discovery?
  /// Whether the image is published when the answer changes.
  package var hasImages = false
  /// Times and numbers.
  package var limits = Limits()

  /// A plan without login, images and discovery.
  package init(_ address: BrokerAddress, _ topics: Topics) {
    self.address = address
    self.topics = topics
  }
}
