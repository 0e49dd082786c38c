import json


def main(msg: str):
    tick = json.loads(msg)
    print(f"{tick['product_id']} {tick['price']}")
    return {"product": tick["product_id"], "price": float(tick["price"]), "at": tick["time"]}
