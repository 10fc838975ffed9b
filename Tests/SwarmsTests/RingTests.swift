import SessionProtocol
import Swarms
import Testing

@Suite struct RingTests {
    @Test("A new swarm goes to the middle of the widest gap")
    func placement() throws {
        let vectors = try VectorFile.list("swarm", "new_swarm_id")
        #expect(vectors.count == 13)
        for vector in vectors {
            let ids = try vector.numbers("ids").map { SwarmID($0) }
            #expect(SwarmID.next(among: ids) == SwarmID(try vector.number("new")), "among \(ids)")
            #expect(SwarmID.next(among: ids.reversed()) == SwarmID.next(among: ids))
        }
    }

    @Test("Ids that grow from nothing fill the ring in the known order")
    func growth() throws {
        var ids: [SwarmID] = []
        for expected in try VectorFile.list("swarm", "new_swarm_id_growth") {
            let id = SwarmID.next(among: ids)
            #expect(String(id.rawValue) == expected.asString)
            ids.append(id)
        }
        #expect(ids.count == 16)
    }

    @Test("Ten thousand foundings and departures end with the known 5,048 ids")
    func deterministicIDs() {
        var chance = MersenneTwister(seed: 12_345)
        var ids: [SwarmID] = []
        for _ in 0..<10_000 {
            let draw = chance.next()
            if draw < 1 << 62 {
                ids.remove(at: Int(draw % UInt64(ids.count)))
            } else {
                let id = SwarmID.next(among: ids)
                ids.insert(id, at: ids.firstIndex { $0 > id } ?? ids.count)
            }
        }
        #expect(ids.count == 5_048)
        let known: [Int: UInt64] = [
            0: 1_548_112_371_908_607, 1: 4_398_046_511_103_999, 25: 72_796_465_851_793_407,
            404: 1_203_745_330_089_164_798, 999: 3_243_154_681_660_178_430, 2000: 6_581_905_302_285_713_406,
            3333: 11_669_248_846_982_021_118, 5000: 18_311_495_347_400_081_406, 5047: 18_445_442_251_942_264_830,
        ]
        for (place, id) in known { #expect(ids[place].rawValue == id, "id \(place)") }
    }

    @Test("Ids close to the middle or to the end of the ring are told apart by one position")
    func straddling() {
        let half = SwarmID.largest.rawValue / 2
        let cases: [([UInt64], UInt64)] = [
            ([half], SwarmID.largest.rawValue), ([half / 2], half + half / 2),
            ([12_345_678_901_234_567_890], 12_345_678_901_234_567_890 - half - 1),
            ([half - 100, half + 100], SwarmID.largest.rawValue), ([half - 100, half + 101], 0),
            ([half - 101, half + 101], SwarmID.largest.rawValue), ([half - 101, half + 102], 0),
        ]
        for (ids, next) in cases { #expect(SwarmID.next(among: ids.map { SwarmID($0) }).rawValue == next, "\(ids)") }
    }

    @Test("Every account in the vectors maps to its position and its swarm")
    func mapping() throws {
        let vectors = try VectorFile.list("account_swarms", "swarm")
        #expect(vectors.count == 17)
        for vector in vectors {
            let account = try #require(AccountID(text: vector.text("pubkey")))
            let map = SwarmMap(try vector.nodes("swarms").map { try #require(SwarmID(hex: $0)) })
            let name = try vector.text("name")
            #expect(SwarmPosition(account: account).rawValue == (try vector.number("space_dec")), "\(name)")
            #expect(map.swarm(for: account)?.hex == (try vector.text("swarm")), "\(name)")
        }
    }

    @Test("The ledger's own check values for accounts and ties hold")
    func checkValues() throws {
        let account = try #require(
            AccountID(text: "053506f4a71324b7dd114eddbf4e311f39dde243e1f2cb97c40db1961f70ebaae8"))
        #expect(SwarmPosition(account: account).rawValue == 17_589_930_838_143_112_648)
        let map = SwarmMap([300, 100, 200].map { SwarmID($0) })
        #expect(map.swarm(at: SwarmPosition(149)) == SwarmID(100))
        #expect(map.swarm(at: SwarmPosition(150)) == SwarmID(100))
        #expect(map.swarm(at: SwarmPosition(151)) == SwarmID(200))
    }

    @Test("Nodes without a swarm form none: the id that says so is never mapped to")
    func unassigned() {
        #expect(SwarmMap([.unassigned]).swarm(at: SwarmPosition(.max)) == nil)
        #expect(SwarmMap([.unassigned, SwarmID(5)]).swarm(at: SwarmPosition(.max)) == SwarmID(5))
        #expect(SwarmMap([]).swarm(at: SwarmPosition(0)) == nil)
    }

    @Test("The quick lookup agrees with measuring the distance to every swarm")
    func exhaustiveLookup() {
        var chance = MersenneTwister(seed: 7)
        for _ in 0..<300 {
            let map = SwarmMap((0..<1 + chance.uniform(40)).map { _ in SwarmID(chance.next()) })
            let position = chance.next()
            let distances = map.ids.map { id in min(id.rawValue &- position, position &- id.rawValue) }
            let found = map.swarm(at: SwarmPosition(position))
            #expect(found == map.ids[distances.indices.min { distances[$0] < distances[$1] } ?? 0])
        }
    }
}
