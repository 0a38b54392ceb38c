import Basics
import FoundationEssentials

/// The safetensors format: the length of a header (uint64), the header in JSON, the tensors' bytes.
///
/// Format: https://huggingface.co/docs/safetensors, "Format".
enum SafetensorsFile {
  /// Room for 100,000 tensors, more than any CLIP has, in a fraction of a gigabyte; the reference implementation's limit is
  /// ten times as high.
  static let maximumHeader = 10_000_000

  static func read(_ file: MappedFile) throws(CheckpointError) -> TensorDirectory {
    var reader = ByteReader(file, 0..<file.count)
    let length = try reader.length("the length of the safetensors header")
    guard length <= maximumHeader else {
      throw reader.malformed("a safetensors header of \(length) bytes is too long", at: 0)
    }
    guard length <= file.count - reader.position else {
      throw .cutShort(path: file.path, found: file.count, needed: reader.position + length)
    }
    let header = try decode(Data(try reader.bytes(length, "the safetensors header")), file.path)
    let data = reader.position..<file.count
    let last = header.tensors.values.map(\.end).max() ?? 0
    guard last <= data.count else {
      let (needed, overflows) = data.lowerBound.addingReportingOverflow(last)
      throw .cutShort(path: file.path, found: file.count, needed: overflows ? .max : needed)
    }
    var directory = TensorDirectory(format: .safetensors, metadata: header.metadata)
    var end = 0
    for (name, tensor) in header.tensors.sorted(by: {
      ($0.value.begin, $0.key) < ($1.value.begin, $1.key)
    }) {
      guard tensor.begin == end, tensor.end >= end else {
        throw .malformed(
          path: file.path, offset: data.lowerBound,
          what:
            "tensor “\(name)” lies at \(tensor.begin)..<\(tensor.end) of \(data.count) bytes of data,"
            + " where \(end) was next")
      }
      end = tensor.end
      directory.add(name, try entry(name, tensor, data, file))
    }
    guard end == data.count else {
      throw .malformed(
        path: file.path, offset: data.lowerBound + end,
        what: "\(data.count - end) bytes at the end belong to no tensor")
    }
    return directory
  }

  private static func entry(
    _ name: String, _ tensor: Header.Tensor, _ data: Range<Int>, _ file: MappedFile
  )
    throws(CheckpointError) -> TensorDirectory.Entry
  {
    guard let type = ElementType(safetensors: tensor.dtype) else {
      return .unreadable("has elements of type \(tensor.dtype), which is not read")
    }
    let bytes = data.lowerBound + tensor.begin..<data.lowerBound + tensor.end
    do throws(StoredTensor.LayoutFault) {
      let stored = try StoredTensor(
        file: file, type: type, storage: bytes, offset: 0, shape: tensor.shape)
      guard stored.count == bytes.count / type.byteCount, bytes.count % type.byteCount == 0 else {
        throw StoredTensor.LayoutFault(
          "shape \(tensor.shape) of \(tensor.dtype) is not \(bytes.count) bytes")
      }
      return .tensor(stored)
    } catch {
      throw .malformed(
        path: file.path, offset: bytes.lowerBound, what: "tensor “\(name)”: \(error.what)")
    }
  }

  private static func decode(_ json: Data, _ path: String) throws(CheckpointError) -> Header {
    do {
      return try JSONDecoder().decode(Header.self, from: json)
    } catch {
      throw .malformed(
        path: path, offset: 8,
        what: "the safetensors header is wrong: \(DecodingError.reason(error))")
    }
  }
}

/// The header: a JSON object of tensors by name, and texts under `__metadata__`.
private struct Header: Decodable {
  struct Tensor: Decodable {
    let dtype: String
    let shape: [Int]
    let begin: Int
    let end: Int

    enum Key: String, CodingKey { case dtype, shape, offsets = "data_offsets" }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      dtype = try container.decode(String.self, forKey: .dtype)
      shape = try container.decode([Int].self, forKey: .shape)
      let offsets = try container.decode([Int].self, forKey: .offsets)
      guard offsets.count == 2, offsets[0] >= 0, shape.count <= StoredTensor.maximumAxes,
        shape.allSatisfy({ $0 >= 0 })
      else {
        throw DecodingError.dataCorruptedError(
          forKey: .offsets, in: container, debugDescription: "offsets or shape make no sense")
      }
      begin = offsets[0]
      end = offsets[1]
    }
  }

  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var tensors: [String: Tensor] = [:]
  var metadata: [String: String] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for name in container.allKeys {
      if name.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: name)
      } else {
        tensors[name.stringValue] = try container.decode(Tensor.self, forKey: name)
      }
    }
  }
}
