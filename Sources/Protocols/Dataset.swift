import FoundationEssentials
public import Training

/// One of the papers' data sets: where its parts lie below a folder of data sets, its prompt and its settings.
///
/// Described in one JSON file each (`Datasets/`), in the layout that CoOp's instructions produce.
public struct Dataset: Sendable, Decodable {
  /// How the photos and their labels are laid out.
  public struct Layout: Sendable, Decodable {
    /// The kinds of layouts.
    public enum Kind: String, Sendable, Decodable {
      /// A `split_zhou_*.json` with three lists of `[path, label, name]`, and an image folder.
      case split
      /// A folder a label, whose name `names` translates; sorted by folder name.
      case folders
      /// Folders 0, 1, 2 ..., in the order of `names`.
      case numbered
      /// `names` lists labels; a text file a part with lines `<photo> <label>`.
      case lists
    }
    /// The kind.
    public var kind: Kind
    /// `split`: the split file.
    public var split: String?
    /// `split`, `lists`: the folder that paths are relative to.
    public var images: String?
    /// `folders`, `numbered`, `lists`: the file of label names.
    public var names: String?
    /// The folder or list of training photos.
    public var train: String?
    /// The list of validation photos.
    public var validation: String?
    /// The folder or list of test photos.
    public var test: String?
  }

  /// What `--dataset` calls it.
  public var name: String
  /// What the papers' tables call it.
  public var title: String
  /// The folder below the root, and other names that it goes by.
  public var folders: [String]
  /// Where photos and labels are.
  public var layout: Layout
  /// The prompt; `{}` is the label.
  public var template: String
  /// MMRL's settings where it is trained on; those of an unnamed data set if missing.
  public var mmrl: AdapterPlan.Published?
  /// MMRL++'s settings where it is trained on; those of an unnamed data set if missing.
  public var mmrlPlusPlus: AdapterPlan.Published?
  /// MMRL++'s beta where an adapter trained elsewhere is tested on it.
  public var targetBeta: Float

  private enum CodingKeys: String, CodingKey {
    case name, title, folders, layout, template, mmrl, targetBeta
    case mmrlPlusPlus = "mmrl++"
  }

  /// The 15 data sets of the papers: the source of the cross-dataset protocol, 10 others, 4 shifted ImageNets.
  ///
  /// - Throws: `DatasetError` if a description cannot be read.
  public static func all() throws -> [Dataset] {
    let descriptions: [(String, [UInt8])] = [
      ("imagenet", PackageResources.imagenet_json),
      ("caltech101", PackageResources.caltech101_json),
      ("oxford_pets", PackageResources.oxford_pets_json),
      ("stanford_cars", PackageResources.stanford_cars_json),
      ("oxford_flowers", PackageResources.oxford_flowers_json),
      ("food101", PackageResources.food101_json),
      ("fgvc_aircraft", PackageResources.fgvc_aircraft_json),
      ("sun397", PackageResources.sun397_json),
      ("dtd", PackageResources.dtd_json),
      ("eurosat", PackageResources.eurosat_json),
      ("ucf101", PackageResources.ucf101_json),
      ("imagenetv2", PackageResources.imagenetv2_json),
      ("imagenet_sketch", PackageResources.imagenet_sketch_json),
      ("imagenet_a", PackageResources.imagenet_a_json),
      ("imagenet_r", PackageResources.imagenet_r_json),
    ]
    return try descriptions.map { name, bytes in
      do {
        return try JSONDecoder().decode(Dataset.self, from: Data(bytes))
      } catch {
        throw DatasetError.malformed(file: "\(name).json", "\(error)")
      }
    }
  }

  /// The data set of this name.
  ///
  /// - Throws: `DatasetError.unknown`, with the names there are.
  public static func named(_ name: String) throws -> Dataset {
    let all = try all()
    guard let found = all.first(where: { $0.name == name || $0.title == name }) else {
      throw DatasetError.unknown(name, known: all.map(\.name))
    }
    return found
  }
}
