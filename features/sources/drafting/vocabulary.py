"""What shops call their columns and types of events, in English and Chinese."""

import re
from collections.abc import Mapping
from types import MappingProxyType

_SEPARATORS = re.compile(r"[\s_\-.:/()（）]+")

# Whole names, without case and separators. The first field that knows a name wins.
COLUMN_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        field: frozenset(names.split())
        for field, names in {
            "customer_id": "customer customerid customerno customernumber cust custid custno user userid uid member "
            "memberid memberno membernumber membercard cardno cardid loyaltycard loyaltyid household "
            "householdid hshdnum client clientid clientno buyer buyerid account accountid accountno "
            "shopper shopperid visitor visitorid person personid reviewerid openid unionid phone "
            "mobile 用户 用户id 用户编号 会员 会员号 会员id 会员编号 会员卡 会员卡号 卡号 客户 客户id "
            "客户号 客户编号 客户代码 顾客 顾客id 顾客编号 买家 买家id 手机 手机号 手机号码 电话 "
            "消费者id 账号",
            "occurred_at": "date time datetime timestamp ts day when at orderdate ordertime orderedat createdat "
            "createtime createdtime paytime paidat paydate paymenttime purchasedate purchasetime "
            "purchasedat transactiondate transactiontime transactiontimestamp invoicedate eventtime "
            "eventdate occurredat saledate salesdate ratedat unixreviewtime reviewtime 时间 日期 "
            "下单时间 下单日期 订单时间 订单日期 支付时间 付款时间 付款日期 成交时间 交易时间 "
            "交易日期 购买时间 购买日期 消费时间 消费日期 发生时间 行为时间 操作时间 创建时间 "
            "评分时间 时间戳 销售日期 销售时间",
            "type": "behavior behaviour behaviortype behaviourtype event eventtype action actiontype activity "
            "type 行为 行为类型 事件 事件类型 操作 操作类型 动作 类型 交易类型 业务类型",
            "event_id": "eventid rowid lineid logid 事件id 流水号 日志id 明细号 行号 单号",
            "order_id": "order orderid orderno ordernumber basket basketid basketnum invoice invoiceno invoiceid "
            "receipt receiptid receiptno transaction transactionid ticket ticketid bill billno "
            "sessionid 订单 订单号 订单id 订单编号 小票 小票号 交易号 单据号 发票号 账单号",
            "item_id": "item itemid itemno product productid productno productcode productnum sku skuid skuno "
            "stockcode article articleid articleno asin goods goodsid movie movieid film filmid book "
            "bookid isbn song songid track trackid upc ean barcode 商品 商品id 商品编号 商品编码 "
            "商品号 商品代码 货号 款号 产品 产品id 产品编号 条码 宝贝id 影片id 电影id 图书id",
            "rating": "rating ratings score stars star overall grade vote 评分 打分 星级 分数 评价分",
            "quantity": "quantity qty count cnt units pieces num number items volume amountofitems 数量 件数 "
            "购买数量 个数 销量 购买件数",
            "unit_price": "price unitprice saleprice sellingprice 单价 售价 价格 商品单价",
            "amount": "amount total totalamount totalprice value sales salesvalue revenue paid paidamount "
            "payment spend spent turnover netamount amt money 金额 实付金额 实付 支付金额 付款金额 "
            "成交金额 消费金额 交易金额 订单金额 销售额 销售金额 总价 总金额 应付金额",
            "discount": "discount discountamount discounts couponamount rebate 优惠 优惠金额 折扣 折扣金额 减免 "
            "优惠券金额",
            "channel": "channel platform source device app 渠道 平台 来源 终端 购买渠道 销售渠道",
            "location_id": "store storeid storeno storenum shop shopid location locationid site branch 门店 门店id "
            "门店编号 店铺 店铺id 店铺编号 商店",
            "campaign_id": "campaign campaignid promotion promotionid 活动 活动id 活动编号 营销活动",
            "text": "text message content comment review reviewtext query search keyword note 内容 文本 消息 "
            "留言 评论 评价内容 搜索词 关键词 备注 咨询内容 对话内容 会话内容",
            "name": "name title itemname productname description producttitle goodsname movietitle "
            "itemdescription 商品名称 商品名 名称 品名 标题 产品名称 商品标题",
            "category": "category categories categoryid categoryname cat catid department dept aisle genre genres "
            "section class commodity producttype subcategory productcategory categorypath tags group "
            "类目 类别 分类 品类 一级类目 二级类目 三级类目 一级分类 二级分类 三级分类 大类 中类 小类 "
            "类目id 商品类目 商品分类 商品类别 部门 题材 类型",
            "brand": "brand brandid brandname manufacturer maker 品牌 品牌id 品牌名称 厂商 牌子",
        }.items()
    }
)

# Parts of names, for what the list above does not spell out.
_PARTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "customer_id": re.compile(
            r"(customer|user|member|client|buyer).*(id|no|num)|会员.*号|用户.*(id|号)|客户.*(id|号)"
        ),
        "occurred_at": re.compile(r"(date|time|timestamp)$|时间|日期"),
        "order_id": re.compile(r"(order|basket|invoice|receipt|ticket).*(id|no|num)|订单|小票"),
        "item_id": re.compile(
            r"(item|product|sku|article|goods|movie|book).*(id|no|code)|(商品|产品|货品).*(号|码|id)"
        ),
        "quantity": re.compile(r"qty|quantity|数量|件数"),
        "discount": re.compile(r"discount|disc$|优惠|折扣"),
        "unit_price": re.compile(r"price|单价"),
        "amount": re.compile(r"amount|sales|spend|revenue|金额|销售额"),
        "rating": re.compile(r"rating|stars|评分"),
        "category": re.compile(r"categor|genre|department|类目|品类|分类|类别"),
        "brand": re.compile(r"brand|品牌"),
        "name": re.compile(r"(product|item|goods).*name|名称|品名"),
        "channel": re.compile(r"channel|渠道"),
        "location_id": re.compile(r"store|门店|店铺"),
        "text": re.compile(r"message|comment|内容"),
    }
)

_EVENT_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        type_: frozenset(words.split())
        for type_, words in {
            "purchase": "purchase purchased buy bought order ordered pay paid payment sale checkout transaction "
            "complete 购买 下单 支付 付款 成交 消费 买 已购买 订单",
            "refund": "refund refunded return returned cancel cancelled 退款 退货 退 退单 取消",
            "view": "view pv click_view browse browsed look impression detail pageview product_view 浏览 查看 "
            "访问商品 浏览商品 点击查看",
            "click": "click clicked 点击 单击",
            "cart_add": "cart cart_add addtocart add_to_cart add cartadd addcart basket 加购 加购物车 加入购物车 "
            "购物车",
            "favourite": "fav favourite favorite favor like wishlist collect bookmark 收藏 喜欢 关注商品 加收藏",
            "search": "search query 搜索 检索",
            "rating": "rating rate rated review 评分 打分 评价 评论",
            "message": "message chat contact call service 咨询 客服 留言 消息 投诉 会话",
            "share": "share shared forward 分享 转发",
            "follow": "follow subscribe 关注 订阅",
            "sign_up": "sign_up signup register registered 注册 入会 开卡",
            "visit": "visit login signin open session 访问 到店 登录 签到 进店",
            "coupon_redeem": "coupon coupon_redeem redeem redeemed 用券 核销 领券",
            "campaign_exposure": "exposure exposed sent push campaign 曝光 触达 推送",
        }.items()
    }
)


def normal(name: str) -> str:
    """A name without case, blanks and separators.

    >>> normal("User_ID"), normal(" 商品 编号"), normal("orderDate")
    ('userid', '商品编号', 'orderdate')
    """
    return _SEPARATORS.sub("", name.strip().lower())


def fields_of(name: str) -> tuple[str, ...]:
    """The fields of the contract that a column of this name may fill, the likeliest first.

    >>> fields_of("下单时间"), fields_of("household_id"), fields_of("zzz")
    (('occurred_at',), ('customer_id',), ())
    """
    short = normal(name)
    whole = [field for field, names in COLUMN_NAMES.items() if short in names]
    return tuple(whole) or tuple(field for field, part in _PARTS.items() if part.search(short))


def event_type_of(word: str) -> str:
    """The registered type that a word means; empty where nobody can tell.

    >>> event_type_of("加购"), event_type_of("PV"), event_type_of("4711")
    ('cart_add', 'view', '')
    """
    short = word.strip().lower()
    squeezed = normal(word)
    for type_, words in _EVENT_WORDS.items():
        if short in words or squeezed in words:
            return type_
    return ""
