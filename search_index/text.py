"""One normal form for every text, so that what is typed and what is stored meet."""

from __future__ import annotations

import re
import unicodedata

import rjieba

# A query is read this far; what follows cannot change which institution is meant.
MAX_QUERY = 200
MAX_WORDS = 12
MAX_WORD = 60
MAX_TEXT = 20_000

# Characters of names, places and this trade only: a full table would be a dictionary of its own.
_TRADITIONAL = (
    "萬與專業東兩嚴個豐臨為麗舉義烏樂習鄉書買亂爭於虧雲亞產畝親億僅從倉儀們價眾優會傘偉傳傷倫偽體餘債傾儲"
    "兒黨蘭關興養獸岡冊寫軍農馮衝決況凍淨準涼減湊幾鳳憑凱擊劃劉則剛創刪別劑劍劇勸辦務動勵勁勞勢勻區醫華協"
    "單賣盧衛廠廳曆歷壓廈縣參雙發變敘葉號嘆嚇呂嗎啟吳員問響團園圍國圖圓聖場壞塊堅壇壩墳墊壯聲殼處備複復夠"
    "頭誇奪奮獎婦媽孫學寧寶實寵審憲宮寬賓對尋導將爾塵嘗層屆屬歲豈崗島嶺嶽峽帥師帳帶幣幹並廣慶廬庫應廟龐廢"
    "開異棄張彌彎彈強歸當錄徹徑徵憶懷態總戀恆惡慣愛慮憤懸懼戰戲戶撲執擴掃揚擾撫拋護報擔擬擁揀擇掛據損換搖"
    "攜敵數齋斷無舊時曠曉暉暫術機殺雜權條來楊極構樞棗槍楓櫃檸標棟欄樹樣橋檔檢樓業橫歐歡殘毀畢氣匯漢湯溝沒"
    "滬淚潔灑濟濱灣滿濾滅漁漲漸溫潤澤濤濰濕瀋燈靈災爐點煉爍爛煙煩燒熱營爺狀獨獄獲現瑪環瓊產畫暢療盡監蓋盤"
    "眾睜礦碼磚確礎禮禍離種積稱穩穀窮竊競筆節範築簡籌簽籃糧緊紀約紅級純紗納紙紛紐線練組細織終紹經結給絡絕"
    "統絲綁繼續維綜綠綿緒編緣縣縱總績繪繁網羅罰罷職聯聰肅脈腦臉臺與舊艦藝節蘇蘋範莊華萊蔣藍藥藍蘭虛雖蝦補"
    "裝裡製見規視覺覽觀計訂認討讓訓議訊記講許論設訪證評識訴詞試詩誠話詢該詳語誤說請諸諾讀課調談誼謀謝譯譜"
    "議護譽變貝負貢財責賢敗貨質販貪貧購貫貴貸貿費賀資賴賺賽贊贏趕車軌軟轉輪輔輕載較輛輝輸轄邊達遷過運還這"
    "進遠違連遲適選遞邏遼鄧鄭鄰醬釋裡鑒針鋼鐵鈴錢鉛銀銅鋁銘鏈銷鎖鍋錄錦鍵鎮鏡長門閃閉問間閱隊階際陸陳陰陽"
    "陝險隨隱隸難雞電霧靜韓頂項順須預領頻題額顏風飛飯飲館馬馳駐駕騰驅驗驚髮魚魯鮮鳥鳴鴻鵬麥黃齊齒龍龜滙祿"
    "淵澱滄渦渾滎潁瀏灤灘欽廂瑩鑫潛靖鄲鄴隴鞏賬賈閩贛黔鄂瀘漵滌舖鋪鑄鎔"
)
_SIMPLIFIED = (
    "万与专业东两严个丰临为丽举义乌乐习乡书买乱争于亏云亚产亩亲亿仅从仓仪们价众优会伞伟传伤伦伪体余债倾储"
    "儿党兰关兴养兽冈册写军农冯冲决况冻净准凉减凑几凤凭凯击划刘则刚创删别剂剑剧劝办务动励劲劳势匀区医华协"
    "单卖卢卫厂厅历历压厦县参双发变叙叶号叹吓吕吗启吴员问响团园围国图圆圣场坏块坚坛坝坟垫壮声壳处备复复够"
    "头夸夺奋奖妇妈孙学宁宝实宠审宪宫宽宾对寻导将尔尘尝层届属岁岂岗岛岭岳峡帅师帐带币干并广庆庐库应庙庞废"
    "开异弃张弥弯弹强归当录彻径征忆怀态总恋恒恶惯爱虑愤悬惧战戏户扑执扩扫扬扰抚抛护报担拟拥拣择挂据损换摇"
    "携敌数斋断无旧时旷晓晖暂术机杀杂权条来杨极构枢枣枪枫柜柠标栋栏树样桥档检楼业横欧欢残毁毕气汇汉汤沟没"
    "沪泪洁洒济滨湾满滤灭渔涨渐温润泽涛潍湿沈灯灵灾炉点炼烁烂烟烦烧热营爷状独狱获现玛环琼产画畅疗尽监盖盘"
    "众睁矿码砖确础礼祸离种积称稳谷穷窃竞笔节范筑简筹签篮粮紧纪约红级纯纱纳纸纷纽线练组细织终绍经结给络绝"
    "统丝绑继续维综绿绵绪编缘县纵总绩绘繁网罗罚罢职联聪肃脉脑脸台与旧舰艺节苏苹范庄华莱蒋蓝药蓝兰虚虽虾补"
    "装里制见规视觉览观计订认讨让训议讯记讲许论设访证评识诉词试诗诚话询该详语误说请诸诺读课调谈谊谋谢译谱"
    "议护誉变贝负贡财责贤败货质贩贪贫购贯贵贷贸费贺资赖赚赛赞赢赶车轨软转轮辅轻载较辆辉输辖边达迁过运还这"
    "进远违连迟适选递逻辽邓郑邻酱释里鉴针钢铁铃钱铅银铜铝铭链销锁锅录锦键镇镜长门闪闭问间阅队阶际陆陈阴阳"
    "陕险随隐隶难鸡电雾静韩顶项顺须预领频题额颜风飞饭饮馆马驰驻驾腾驱验惊发鱼鲁鲜鸟鸣鸿鹏麦黄齐齿龙龟汇禄"
    "渊淀沧涡浑荥颍浏滦滩钦厢莹鑫潜靖郸邺陇巩账贾闽赣黔鄂泸溆涤铺铺铸镕"
)
_FOLD = {ord(old): new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_GAP = re.compile(r"[\s,、;。/|+&!?…]+")
_RUN = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9]+")


def normalise(text: str) -> str:
    """NFKC, case folded, simplified, without control and invisible characters; punctuation is kept."""
    text = _INVISIBLE.sub("", text)
    text = _CONTROL.sub(" ", text)
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold()).translate(_FOLD)


def compact(text: str) -> str:
    """The normal form with nothing but letters, digits and characters: how names are compared."""
    if text.isalnum():  # nothing invisible in it; most names are, and this is a third of the work
        text = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)
        if text.isalnum():
            return text
    return "".join(filter(str.isalnum, normalise(text)))


def split_words(text: str) -> tuple[str, ...]:
    """The words of a query in order, each compact; at most 12 of at most 60 characters."""
    words: list[str] = []
    for piece in _GAP.split(normalise(text[:MAX_QUERY])[:MAX_QUERY]):
        word = "".join(char for char in piece if char.isalnum())[:MAX_WORD]
        if word:
            words.append(word)
    return tuple(words[:MAX_WORDS])


def runs(word: str) -> list[str]:
    """A compact word cut between letters, digits and characters: "26zhong诚信" is "26", "zhong", "诚信"."""
    return _RUN.findall(word)


def is_latin(word: str) -> bool:
    """True when the word is made of a-z and 0-9 alone."""
    return word.isascii()


def bigrams(word: str) -> tuple[str, ...]:
    """Neighbouring pairs of characters of a compact word; a single character stands for itself."""
    if len(word) < 2:
        return (word,) if word else ()
    return tuple(dict.fromkeys(word[i : i + 2] for i in range(len(word) - 1)))


def grams(word: str) -> set[str]:
    """Pairs and single characters of a compact word, for indexing."""
    return {*bigrams(word), *word}


def indexed_words(text: str) -> set[str]:
    """The words of a running text, long ones with the words inside them; single characters are left out."""
    cut = rjieba.cut_for_search(normalise(text[:MAX_TEXT]))
    return {word for word in cut if len(word) > 1 and word.isalnum()}


def cut_words(word: str) -> tuple[str, ...]:
    """A compact query word as jieba reads it."""
    return tuple(piece for piece in rjieba.cut(word) if piece.isalnum())
