# Earshot calls main(msg) for every order; what it returns is sent back to the shop.
import json


def main(msg: str):
    order = json.loads(msg)
    print(f"packing {order['quantity']} × {order['item']}")
    return {"order": order["id"], "status": "packed", "thanks": f"Enjoy your {order['item']}!"}
