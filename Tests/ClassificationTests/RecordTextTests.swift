import Classification
import ModelFile
import Testing

@Suite("A record as text")
struct RecordTextTests {
  private static let labels = Record.Labels(
    sets: [
      [
        ScoredLabel(label: "cup", set: .known, head: .fusion, score: 0.75, logit: 20.5),
        ScoredLabel(label: "a \"mug\", red", set: .known, head: .fusion, score: 0.25, logit: -1),
      ],
      [ScoredLabel(label: "bowl", set: .novel, head: .class, score: 1, logit: 7)],
    ], milliseconds: 12.345)

  private static let image = Record(origin: .file("a.jpg"), outcome: .labels(labels))
  private static let failure = Record(origin: .file("b\n.jpg"), outcome: .failure("is empty"))
  private static let frame = Record(
    origin: .frame(
      Record.Frame(
        source: "/dev/video0", sequence: 7,
        captured: WallTime(nanoseconds: 1_700_000_000_250_000_000),
        ageMilliseconds: 31.26, dropped: 2,
        faults: [.init(kind: "damaged", count: 3), .init(kind: "reconnects", count: 1)])),
    outcome: .labels(Record.Labels(sets: [labels.sets[1]], milliseconds: 5)))

  @Test("JSON is one object a line, with the shortest text of each float")
  func json() {
    #expect(
      JSONFormat().text(of: Self.image) == """
        {"path": "a.jpg", "labels": [\
        {"label": "cup", "set": "known", "head": "fusion", "score": 0.75, "logit": 20.5}, \
        {"label": "a \\"mug\\", red", "set": "known", "head": "fusion", "score": 0.25, "logit": -1.0}, \
        {"label": "bowl", "set": "novel", "head": "class", "score": 1.0, "logit": 7.0}], "ms": 12.35}

        """)
    #expect(Self.failure.json == #"{"path": "b\n.jpg", "error": "is empty"}"#)
    #expect(
      Self.frame.json == """
        {"source": "/dev/video0", "sequence": 7, "time": "2023-11-14T22:13:20.250Z", "age_ms": 31.3, \
        "dropped": 2, "faults": {"damaged": 3, "reconnects": 1}, "labels": [\
        {"label": "bowl", "set": "novel", "head": "class", "score": 1.0, "logit": 7.0}], "ms": 5.00}
        """)
  }

  @Test("JSON has warnings only where there are some, null for what is no number, and escapes")
  func jsonOfTheUnusual() {
    let odd = ScoredLabel(
      label: "tab\t\\ \u{1}\u{7F}ö", set: .known, head: .class, score: .nan, logit: .infinity)
    let record = Record(
      origin: .file("x"),
      outcome: .labels(Record.Labels(sets: [[odd]], milliseconds: 0, warnings: ["cut", "odd"])))
    #expect(
      record.json == #"""
        {"path": "x", "labels": [{"label": "tab\t\\ \u0001\u007fö", "set": "known", "head": "class", \#
        "score": null, "logit": null}], "ms": 0.00, "warnings": ["cut", "odd"]}
        """#)
  }

  @Test("CSV has a row a label, ended by CR LF; a failure is a row")
  func csv() {
    let images = CSVFormat(.images)
    #expect(images.header == "path,label,set,head,score,logit,ms,error\r\n")
    #expect(
      images.text(of: Self.image) == """
        a.jpg,cup,known,fusion,0.75,20.5,12.35,\r
        a.jpg,"a ""mug"", red",known,fusion,0.25,-1.0,12.35,\r
        a.jpg,bowl,novel,class,1.0,7.0,12.35,\r\n
        """)
    #expect(images.text(of: Self.failure) == "\"b\n.jpg\",,,,,,,is empty\r\n")
    let frames = CSVFormat(.frames)
    #expect(
      frames.header
        == "source,sequence,time,age_ms,dropped,faults,label,set,head,score,logit,ms,error\r\n")
    #expect(
      frames.text(of: Self.frame)
        == "/dev/video0,7,2023-11-14T22:13:20.250Z,31.3,2,damaged=3 reconnects=1,"
        + "bowl,novel,class,1.0,7.0,5.00,\r\n")
  }

  @Test("The table has the sets side by side, and moves no cursor")
  func table() {
    let table = ImageTable(
      pathWidth: 6,
      sets: [
        LabelSet(kind: .known, labels: ["cup", "a \"mug\", red"], head: .fusion),
        LabelSet(kind: .novel, labels: ["bowl"], head: .class),
      ], top: 2)
    let header = table.header
    #expect(header.hasPrefix("path    | known (fusion)  "))
    #expect(header.hasSuffix("| novel (class)\n"))
    #expect(
      table.text(of: Self.image)
        == "a.jpg   | cup          0.750  a \"mug\", red 0.250  | bowl 1.000\n")
    #expect(table.text(of: Self.failure) == "b?.jpg  | error: is empty\n")
  }

  @Test(
    "Times are RFC 3339 in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999_000_000, "2000-02-28T23:59:59.999Z"),
      (951_782_400_001_999_999, "2000-02-29T00:00:00.001Z"),
    ] as [(Int64, String)])
  func time(nanoseconds: Int64, text: String) {
    #expect(WallTime(nanoseconds: nanoseconds).text == text)
  }
}
