"""Names of streets in both languages, one for each run of streets that a person would take for one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from twin.city.generate.network import Link, Node
from twin.core.chance import generator
from twin.core.text import Name

_FIRST = (
    "春Chun 秋Qiu 长Chang 永Yong 文Wen 景Jing 清Qing 云Yun 兰Lan 竹Zhu 桃Tao 柳Liu 梅Mei 松Song 鹤He 凤Feng "
    "龙Long 锦Jin 玉Yu 金Jin 和He 安An 福Fu 德De 仁Ren 信Xin 学Xue 书Shu 晨Chen 星Xing 月Yue 虹Hong 霞Xia 枫Feng "
    "桂Gui 荷He 莲Lian 渔Yu 海Hai"
)
_SECOND = (
    "和He 宁Ning 安An 平Ping 兴Xing 华Hua 庆Qing 泰Tai 昌Chang 祥Xiang 塘Tang 溪Xi 泉Quan 园Yuan 林Lin 山Shan "
    "亭Ting 桥Qiao 阳Yang 光Guang 明Ming 远Yuan 秀Xiu 芳Fang 汇Hui 津Jin 屏Ping 堤Di 岭Ling 苑Yuan 台Tai 门Men "
    "井Jing 浦Pu 洲Zhou"
)
_SUFFIX = {
    "primary": ("Avenue", "大道"),
    "secondary": ("Road", "路"),
    "tertiary": ("Road", "路"),
    "residential": ("Street", "街"),
    "service": ("Lane", "巷"),
}
_BEND_DEG = 28.0  # streets that meet in a smaller angle go on as one


def street_names(links: Sequence[Link], seed: int) -> dict[str, Name]:
    """The name of each street, by its key."""
    run = _runs(links)
    rank = {"primary": 0, "secondary": 1, "tertiary": 2, "residential": 3, "service": 4}
    keys = sorted({link.street.key for link in links})
    classes: dict[str, str] = {}
    for link in links:
        known = classes.get(run[link.street.key])
        if known is None or rank.get(link.street.road_class, 0) < rank.get(known, 0):
            classes[run[link.street.key]] = link.street.road_class
    names = dict(_FIXED)
    pool = iter(_invented(seed, len(keys)))
    made: dict[str, Name] = {}
    for key in keys:
        if key in names:
            continue
        root = run[key]
        if root not in made:
            pinyin, hanzi = next(pool)
            en, zh = _SUFFIX[classes[root]]
            made[root] = Name(f"{pinyin} {en}", f"{hanzi}{zh}")
        names[key] = made[root]
    return names


_FIXED = {
    "ring": Name("Ring Road", "环城大道"),
    "bank1": Name("North Embankment", "北滨江路"),
    "bank-1": Name("South Embankment", "南滨江路"),
    "avenue1": Name("Zhonghe Avenue", "中和大道"),
    "avenue-1": Name("Jianshe Avenue", "建设大道"),
    "cross0": Name("Xijin Avenue", "西津大道"),
    "cross1": Name("Gulou Road", "鼓楼路"),
    "cross2": Name("Yunting Avenue", "云汀大道"),
    "cross3": Name("Dongjin Avenue", "东津大道"),
    "gate0": Name("Northwest Gate Road", "西北门路"),
    "gate1": Name("Northeast Gate Road", "东北门路"),
    "gate2": Name("Southeast Gate Road", "东南门路"),
    "gate3": Name("Southwest Gate Road", "西南门路"),
    "diagonal": Name("Wangjiang Road", "望江路"),
    "frontage-68": Name("South Station Road", "站南路"),
    "frontage+68": Name("North Station Road", "站北路"),
}


def _runs(links: Sequence[Link]) -> dict[str, str]:
    """Each local street's key to the key that stands for its run."""
    root = {link.street.key: link.street.key for link in links}

    def find(key: str) -> str:
        while root[key] != key:
            key = root[key]
        return key

    at: dict[Node, list[tuple[Link, float]]] = defaultdict(list)
    for link in links:
        coords = np.array(link.line.coords)
        for node, step in ((link.ends[0], coords[1] - coords[0]), (link.ends[1], coords[-2] - coords[-1])):
            at[node].append((link, float(np.degrees(np.arctan2(step[1], step[0])))))
    for node in sorted(at):
        local = [(link, angle) for link, angle in at[node] if link.street.key not in _FIXED]
        for index, (link, angle) in enumerate(local):
            for other, other_angle in local[index + 1 :]:
                bend = abs((angle - other_angle) % 360.0 - 180.0)
                a, b = find(link.street.key), find(other.street.key)
                if bend < _BEND_DEG and a != b:
                    root[max(a, b)] = min(a, b)
    return {key: find(key) for key in sorted(root)}


def _invented(seed: int, count: int) -> list[tuple[str, str]]:
    """Pairs (pinyin, characters) without repetition in either language; numbered where the words run out."""
    first = [(part[1:], part[0]) for part in _FIRST.split()]
    second = [(part[1:], part[0]) for part in _SECOND.split()]
    pairs, seen = [], set()
    for a in first:
        for b in second:
            pinyin = f"{a[0]}{b[0].lower()}"
            if pinyin not in seen and a[0] != b[0]:
                seen.add(pinyin)
                pairs.append((pinyin, a[1] + b[1]))
    order = generator(seed, "names").permutation(len(pairs)).tolist()
    drawn = [pairs[index] for index in order]
    again = [
        (f"{pinyin} {k}", f"{hanzi}{'一二三四五六七八九'[k - 1]}") for k in range(1, 10) for pinyin, hanzi in drawn
    ]
    return (drawn + again)[:count]
