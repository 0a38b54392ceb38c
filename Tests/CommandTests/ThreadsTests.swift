import Foundation
import Testing

/// How many threads the programs run when nothing is said.
@Suite struct ThreadsTests {
  /// The first processor that this process may use.
  private static func firstProcessor() throws -> String {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(
      status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
    let list = try #require(line.split(separator: "\t").last)
    return String(list.prefix { $0 != "," && $0 != "-" })
  }

  @Test("On one processor of several there is one thread") func affinity() throws {
    try Album.with { album in
      let processor = try Self.firstProcessor()
      let bound = try album.shell(
        "taskset -c \(processor) \"$RUN\" bench --model \"$MODEL\" --seconds 0.1 --json")
      #expect(bound.status == 0, "\(bound.messages)")
      #expect(bound.output.contains("\"threads\": 1,"), "\(bound.output)")
      let asked = try album.shell(
        "taskset -c \(processor) \"$RUN\" bench --model \"$MODEL\" --seconds 0.1 --json --threads 3"
      )
      #expect(asked.output.contains("\"threads\": 3,"))
    }
  }
}
