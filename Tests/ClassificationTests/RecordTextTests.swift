import Classification
import ModelFile
import Testing

@Suite("A record as text")
struct RecordTextTests {
  private static let labels = Record.Labels(
    labels: [
      ScoredLabel(
        label: "cup", set: .known, head: .fusion, score: 0.75, logit: 20.5, classLogit: 19),
      ScoredLabel(
        label: "a \"mug\", red", set: .known, head: .fusion, score: 0.1875, logit: -1,
        classLogit: 0.5, representationLogit: -1.5),
      ScoredLabel(label: "bowl", set: .novel, head: .class, score: 0.0625, logit: 7, classLogit: 7),
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
    outcome: .labels(
      Record.Labels(labels: [labels.labels[2]], unknownScore: 0.5, milliseconds: 5)))
  /// Of which the model says that it shows something else.
  private static let unknown = Record(
    origin: .file("c.jpg"),
    outcome: .labels(
      Record.Labels(
        labels: Array(labels.labels[1...]), isUnknown: true, unknownScore: 0.875,
        knownProbability: 0.25, milliseconds: 1)))

  @Test("JSON is one object a line, with the shortest text of each float")
  func json() {
    #expect(
      JSONFormat().text(of: Self.image) == """
        {"path": "a.jpg", \
        "answer": {"label": "cup", "score": 0.75, "set": "known", "head": "fusion"}, "labels": [\
        {"label": "cup", "set": "known", "head": "fusion", "score": 0.75, "logit": 20.5}, \
        {"label": "a \\"mug\\", red", "set": "known", "head": "fusion", "score": 0.1875, "logit": -1.0}, \
        {"label": "bowl", "set": "novel", "head": "class", "score": 0.0625, "logit": 7.0}], "ms": 12.35}

        """)
    #expect(Self.failure.json == #"{"path": "b\n.jpg", "error": "is empty"}"#)
    #expect(
      Self.frame.json == """
        {"source": "/dev/video0", "sequence": 7, "time": "2023-11-14T22:13:20.250Z", "age_ms": 31.3, \
        "dropped": 2, "faults": {"damaged": 3, "reconnects": 1}, \
        "answer": {"label": "bowl", "score": 0.0625, "set": "novel", "head": "class"}, \
        "unknown_score": 0.5, "labels": [\
        {"label": "bowl", "set": "novel", "head": "class", "score": 0.0625, "logit": 7.0}], "ms": 5.00}
        """)
  }

  @Test(
    "Where no label fits, the answer is null; what comes closest stands beside, explained if asked")
  func jsonOfTheUnknown() {
    #expect(
      Self.unknown.json == """
        {"path": "c.jpg", "answer": null, "unknown": true, "unknown_score": 0.875, \
        "known_probability": 0.25, "labels": [\
        {"label": "a \\"mug\\", red", "set": "known", "head": "fusion", "score": 0.1875, "logit": -1.0, \
        "class_logit": 0.5, "representation_logit": -1.5}, \
        {"label": "bowl", "set": "novel", "head": "class", "score": 0.0625, "logit": 7.0, \
        "class_logit": 7.0}], "ms": 1.00}
        """)
  }

  @Test("JSON has warnings only where there are some, null for what is no number, and escapes")
  func jsonOfTheUnusual() {
    let odd = ScoredLabel(
      label: "tab\t\\ \u{1}\u{7F}ö", set: .known, head: .class, score: .nan, logit: .infinity,
      classLogit: 0)
    let record = Record(
      origin: .file("x"),
      outcome: .labels(Record.Labels(labels: [odd], milliseconds: 0, warnings: ["cut", "odd"])))
    #expect(
      record.json == #"""
        {"path": "x", "answer": {"label": "tab\t\\ \u0001\u007fö", "score": null, "set": "known", \#
        "head": "class"}, "labels": [{"label": "tab\t\\ \u0001\u007fö", "set": "known", "head": "class", \#
        "score": null, "logit": null}], "ms": 0.00, "warnings": ["cut", "odd"]}
        """#)
  }

  @Test("CSV has a row a label, ended by CR LF; a failure is a row")
  func csv() {
    let images = CSVFormat(.images)
    #expect(
      images.header == "path,answer,unknown_score,label,set,head,score,logit,ms,error\r\n")
    #expect(
      images.text(of: Self.image) == """
        a.jpg,cup,,cup,known,fusion,0.75,20.5,12.35,\r
        a.jpg,cup,,"a ""mug"", red",known,fusion,0.1875,-1.0,12.35,\r
        a.jpg,cup,,bowl,novel,class,0.0625,7.0,12.35,\r\n
        """)
    #expect(
      images.text(of: Self.unknown) == """
        c.jpg,unknown,0.875,"a ""mug"", red",known,fusion,0.1875,-1.0,1.00,\r
        c.jpg,unknown,0.875,bowl,novel,class,0.0625,7.0,1.00,\r\n
        """)
    #expect(images.text(of: Self.failure) == "\"b\n.jpg\",,,,,,,,,is empty\r\n")
    let frames = CSVFormat(.frames)
    #expect(
      frames.header
        == "source,sequence,time,age_ms,dropped,faults,answer,unknown_score,label,set,head,score,"
        + "logit,ms,error\r\n")
    #expect(
      frames.text(of: Self.frame)
        == "/dev/video0,7,2023-11-14T22:13:20.250Z,31.3,2,damaged=3 reconnects=1,"
        + "bowl,0.5,bowl,novel,class,0.0625,7.0,5.00,\r\n")
  }

  @Test("What a spreadsheet would run is written as text; numbers stay numbers")
  func csvOfFormulas() {
    var record = Self.image
    record.origin = .file("=cmd|' /C calc'!A0.jpg")
    guard case .labels(var labels) = record.outcome else { return }
    labels.labels = [labels.labels[1]]
    labels.labels[0].label = "@SUM(1;2)"
    record.outcome = .labels(labels)
    #expect(
      CSVFormat(.images).text(of: record)
        == "'=cmd|' /C calc'!A0.jpg,\"'@SUM(1;2)\",,\"'@SUM(1;2)\",known,fusion,0.1875,-1.0,12.35,\r\n"
    )
    let failure = Record(origin: .file("-a.jpg"), outcome: .failure("=1"))
    #expect(CSVFormat(.images).text(of: failure) == "'-a.jpg,,,,,,,,,'=1\r\n")
  }

  @Test("On a terminal a row fits, and the columns stand where they should")
  func narrowTable() {
    let sets = [
      LabelSet(kind: .known, labels: ["cup", "a \"mug\", red", "日本語の長い名前のラベル"], head: .fusion)
    ]
    let table = ImageTable(pathWidth: 60, sets: sets, width: 40)
    #expect(table.header == "image             answer         score\n")
    var record = Self.image
    record.origin = .file("photos/日本語/IMG_20240131_0001.jpg")
    #expect(table.text(of: record) == "photos/…0001.jpg  cup            0.750\n")
    let wide = ImageTable(pathWidth: 10, sets: sets, width: 60)
    record.origin = .file("写真.jpg")
    #expect(
      wide.text(of: record) == "写真.jpg    cup                   0.750  a \"mug\", red 0.188\n")
    let failure = Record(
      origin: .file("photos/b.jpg"), outcome: .failure("is no image of any kind that is read here"))
    #expect(
      table.text(of: failure)
        == "photos/b.jpg\n  error: is no image of any kind that is\n  read here\n")
  }

  @Test("The table has the answer, then the next best labels, and moves no cursor")
  func table() {
    let table = ImageTable(
      pathWidth: 6,
      sets: [
        LabelSet(kind: .known, labels: ["cup", "a \"mug\", red"], head: .fusion),
        LabelSet(kind: .novel, labels: ["bowl"], head: .class),
      ], width: nil)
    #expect(table.header == "image   answer        score\n")
    #expect(
      table.text(of: Self.image)
        == "a.jpg   cup           0.750  a \"mug\", red 0.188, bowl 0.063\n")
    #expect(
      table.text(of: Self.unknown)
        == "c.jpg   unknown       0.875  a \"mug\", red 0.188, bowl 0.063\n")
    #expect(table.text(of: Self.failure) == "b?.jpg  error: is empty\n")
    // No label is so short that "unknown" would move the columns.
    let narrow = ImageTable(
      pathWidth: 5, sets: [LabelSet(kind: .known, labels: ["a"], head: .class)], width: nil)
    #expect(narrow.header == "image  answer   score\n")
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
