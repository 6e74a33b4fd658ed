"""``config/field/hazards.toml``, typed: how often things go wrong, and their physics."""

from __future__ import annotations

from twin.field.tables import ByTempo, Span, Strict


class DemoRates(Strict, frozen=True):
    """``count`` of each kind in every window, within its first ``span`` share."""

    window_s: float
    span: float
    clogged: float
    count: dict[str, int]


class RealRates(Strict, frozen=True):
    clogged: float
    per_year: dict[str, float]


class Rates(Strict, frozen=True):
    demo: DemoRates
    real: RealRates


class FloodSettings(Strict, frozen=True):
    catchment_ratio: float
    basin_m2: Span
    runoff: float
    lag_s: float
    pump_design_mm_h: float
    clogged_share: float
    rim_m: float
    truck_m3_s: float
    unclog_s: float
    wet_m: float
    dry_m: float


class FireSettings(Strict, frozen=True):
    growth_kw_s2: float
    limit_kw: float
    suppression_kw_s: float
    out_kw: float
    ceiling_m: float
    reach_m: float
    smoke_clears_s: float


class CollisionSettings(Strict, frozen=True):
    denm_every_s: float
    gap_m: float


class LampSettings(Strict, frozen=True):
    test_every_s: ByTempo
    test_s: float
    watts: float


class CoverSettings(Strict, frozen=True):
    tilt_deg: Span
    denm_share: float


class BinSettings(Strict, frozen=True):
    full_after_s: ByTempo
    surge_s: float
    overflow: float
    collected_h: float


class MainSettings(Strict, frozen=True):
    normal_kpa: float
    drop_kpa: float
    reach_m: float
    isolated_kpa: float
    refill_s: float


class AirSettings(Strict, frozen=True):
    source_g_s: Span
    settle_s: float
    near_m: float
    high_ug_m3: float


class TreeSettings(Strict, frozen=True):
    lanes: int
    crash_s: float
    denm_share: float
    gale_mps: float
    gale_s: ByTempo


class RiverSettings(Strict, frozen=True):
    normal_m: float
    reservoirs: int
    lag_s: ByTempo
    rise_m_per_mm_h: float
    sticks_mm_h: ByTempo
    gate_m: float
    gate_s: float
    reach_m: float
    warn_m: float
    crest_m: float
    sandbag_m: float
    wet_most_m: float


class LightSettings(Strict, frozen=True):
    flashing_share: float
    watts: float
    flashing_watts: float


class SchoolSettings(Strict, frozen=True):
    bells_h: tuple[Span, ...]
    schools: int
    every_s: float
    most: int
    from_m: Span
    dwell_s: Span
    directed_s: float
    jam: int


class LaneSettings(Strict, frozen=True):
    hidden_share: float
    van_share: float
    van_block_s: float
    van_s: float


class RubbishSettings(Strict, frozen=True):
    kerb_m: float


class GasSettings(Strict, frozen=True):
    lel: Span
    rise_s: float
    purge_s: float
    reach_m: float
    away_m: Span


class DustSettings(Strict, frozen=True):
    source_g_s: Span
    fine_share: float
    settle_s: float
    near_m: float
    hours: Span


class NoiseSettings(Strict, frozen=True):
    source_db: Span
    hours: Span
    fades_s: float


class CrowdSettings(Strict, frozen=True):
    people: Span
    gather_s: float
    disperse_s: float
    over: float


class CareSettings(Strict, frozen=True):
    false_share: float


class KioskSettings(Strict, frozen=True):
    dark_share: float
    watts: float
    locked_watts: float


class HazardSettings(Strict, frozen=True):
    rates: Rates
    flood: FloodSettings
    fire: FireSettings
    collision: CollisionSettings
    lamp: LampSettings
    cover: CoverSettings
    bin: BinSettings
    main: MainSettings
    air: AirSettings
    tree: TreeSettings
    river: RiverSettings
    light_failure: LightSettings
    school_run: SchoolSettings
    fire_lane: LaneSettings
    rubbish: RubbishSettings
    gas: GasSettings
    dust: DustSettings
    noise: NoiseSettings
    crowd: CrowdSettings
    care: CareSettings
    kiosk: KioskSettings
