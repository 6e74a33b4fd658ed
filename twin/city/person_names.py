"""Invented people's names: common surnames and given names with their pinyin."""

from __future__ import annotations

import numpy as np

from twin.core.text import Name

_SURNAMES = (
    "王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 黄Huang 赵Zhao 吴Wu 周Zhou 徐Xu 孙Sun 马Ma 朱Zhu 胡Hu 郭Guo 何He "
    "林Lin 高Gao 罗Luo 郑Zheng 梁Liang 谢Xie 宋Song 唐Tang 许Xu 韩Han 冯Feng 邓Deng 曹Cao 彭Peng 曾Zeng 萧Xiao "
    "田Tian 董Dong 袁Yuan 潘Pan 于Yu 蒋Jiang 蔡Cai 余Yu 杜Du 叶Ye 程Cheng 苏Su 魏Wei 吕Lü 丁Ding 任Ren 沈Shen "
    "姚Yao 卢Lu 姜Jiang 崔Cui 钟Zhong"
)
_WOMEN = (
    "雨桐Yutong 欣怡Xinyi 梓涵Zihan 诗涵Shihan 佳宁Jianing 静Jing 丽娟Lijuan 秀英Xiuying 晓燕Xiaoyan 婷婷Tingting "
    "敏Min 若溪Ruoxi 思琪Siqi 文慧Wenhui 春梅Chunmei 玉兰Yulan 雪Xue 嘉怡Jiayi 海燕Haiyan 芳Fang 书瑶Shuyao "
    "清妍Qingyan 兰Lan 月华Yuehua 一诺Yinuo 可欣Kexin 素珍Suzhen 桂芝Guizhi 念慈Nianci 云舒Yunshu 林晚Linwan "
    "小雅Xiaoya"
)
_MEN = (
    "浩然Haoran 子轩Zixuan 宇航Yuhang 志强Zhiqiang 建国Jianguo 伟Wei 明Ming 俊杰Junjie 文博Wenbo 天佑Tianyou "
    "磊Lei 勇Yong 思远Siyuan 嘉豪Jiahao 一鸣Yiming 振华Zhenhua 国栋Guodong 鹏飞Pengfei 泽宇Zeyu 承志Chengzhi "
    "涛Tao 晨Chen 立新Lixin 海波Haibo 安邦Anbang 景行Jingxing 怀瑾Huaijin 启明Qiming 永福Yongfu 德厚Dehou 松Song "
    "望舒Wangshu"
)


def _pairs(table: str) -> tuple[tuple[str, str], ...]:
    """(Chinese, pinyin) of each entry: the pinyin begins at the first letter that is not Chinese."""
    entries = []
    for entry in table.split():
        cut = next(index for index, letter in enumerate(entry) if ord(letter) < 0x250)
        entries.append((entry[:cut], entry[cut:]))
    return tuple(entries)


_FAMILY, _HERS, _HIS = _pairs(_SURNAMES), _pairs(_WOMEN), _pairs(_MEN)
_COMMONER = 1.6  # surnames earlier in the list are more common


def person_name(dice: np.random.Generator, woman: bool) -> Name:
    """One name in both scripts."""
    return full_name(dice.random(), dice.random(), woman)


def full_name(family: float, given: float, woman: bool) -> Name:
    """The name that two numbers in [0, 1) choose; the same ``family`` gives the same surname."""
    surname = _FAMILY[int(family**_COMMONER * len(_FAMILY))]
    table = _HERS if woman else _HIS
    first = table[int(given * len(table))]
    return Name(f"{surname[1]} {first[1]}", surname[0] + first[0])
