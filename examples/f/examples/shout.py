def main(msg: str):
    print(f"{len(msg)} characters")
    return msg.upper()
