import Basics
import Testing

/// Text that others chose, on a terminal.
@Suite(.timeLimit(.minutes(10))) struct PrintableTests {
  @Test(arguments: [
    ("plain", "plain"),
    ("a\u{1B}[31mred", "a?[31mred"), ("bell\u{7}", "bell?"),
    ("a\nb\tc\r", "a?b?c?"),
    ("csi\u{9B}2J", "csi?2J"), ("del\u{7F}", "del?"), ("gnp\u{202E}txt.exe", "gnp?txt.exe"),
    ("\u{2066}isolate\u{2069}", "?isolate?"), ("café 日本語 👩‍🔧 שלום", "café 日本語 👩‍🔧 שלום"), ("", ""),
  ])
  func isMadeHarmless(text: String, printed: String) { #expect(text.printable == printed) }
}
