import Basics
import Testing

@Suite struct TextWidthTests {
  @Test(arguments: [
    ("", 0), ("plain.png", 9), ("größe", 5), ("e\u{301}combining", 10), ("日本語", 6),
    ("한국어", 6), ("\u{1112}\u{1161}\u{11AB}", 2), ("ｆｕｌｌ", 8), ("ﾊﾝｶｸ", 4), ("🦋", 2),
    ("👨‍👩‍👧‍👦", 2), ("👍🏽", 2), ("☝🏽", 2), ("🇯🇵", 2), ("❤️", 2), ("❤", 1), ("1️⃣", 2),
    ("🏳️‍🌈", 2), ("a\u{200B}b", 2), ("→…█", 3), ("אבג", 3), ("𠀀", 2), ("\u{301}", 0),
  ])
  func columns(text: String, expected: Int) { #expect(text.columns == expected) }

  @Test func padsByColumns() {
    #expect("日本".padded(to: 6) == "日本  ")
    #expect("日本".padded(fromLeftTo: 5) == " 日本")
    #expect("long".padded(to: 2) == "long")
  }

  @Test(arguments: [
    ("photos/holiday/beach.jpg", 24, "photos/holiday/beach.jpg"),
    ("photos/holiday/beach.jpg", 11, "photo…h.jpg"), ("abcdef", 1, "…"), ("abcdef", 2, "…f"),
    ("日本語の写真.png", 9, "日本….png"), ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 5, "👨‍👩‍👧‍👦…👨‍👩‍👧‍👦"),
  ])
  func shortensInTheMiddle(text: String, width: Int, expected: String) {
    #expect(text.shortened(to: width) == expected)
    #expect(text.shortened(to: width).columns <= width)
  }

  @Test func cutsTheEnd() {
    #expect("a line".cut(to: 6) == "a line")
    #expect("a longer line".cut(to: 6) == "a lon…")
    #expect("日本語".cut(to: 4) == "日…")
  }

  @Test func wrapsBetweenWords() {
    #expect("  one two three".wrapped(to: 9, indent: 4) == "  one two\n    three")
    #expect("one two".wrapped(to: nil) == "one two")
    #expect("short /a/very/long/path end".wrapped(to: 10) == "short\n/a/very/long/path\nend")
    #expect("日本 語の 写真".wrapped(to: 9) == "日本 語の\n写真")
  }
}
