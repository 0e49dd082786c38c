# SPDX-License-Identifier: GPL-3.0-or-later
# A driver that does what the message says; it stands behind the protocol library of runnerfixture.cpp. Start and result of
# a quick run go in one write, so that the runner takes it for a fast one and prefetches.
def quick(id, text):
    write(b'{"type":"started","id":%d}\n{"type":"result","id":%d,"result_bytes":%d}\n%s'
          % (id, id, len(text), text))
while True:
    r = request()
    if r['type'] == 'load': answer(type='ready', protocol=1, preprocessor='none', params=[]); continue
    if r['type'] == 'cancel': continue
    id, msg = r['id'], r['msg']
    if msg == 'crash': started(id); time.sleep(0.2); os.kill(os.getpid(), signal.SIGSEGV)
    elif msg == 'exit': started(id); os._exit(3)
    elif msg == 'hang': started(id); time.sleep(1000)
    elif msg == 'stubborn':
        signal.signal(signal.SIGTERM, signal.SIG_IGN); started(id)
        while True: time.sleep(1000)
    elif msg == 'late':
        signal.signal(signal.SIGTERM, signal.SIG_IGN); started(id)
        time.sleep(1.2); result(id, '"late"')
    elif msg == 'children':
        for i in range(3): subprocess.Popen(['/bin/sleep', '1000'])
        started(id); time.sleep(1000)
    elif msg.startswith('sleep '): started(id); time.sleep(float(msg[6:])); result(id, '"slept"')
    elif msg == 'garbage': started(id); write(b'this is \x00 no response\n')
    elif msg == 'long line': started(id); write(b'{"type":"result","x":"' + b'a' * 100000)
    elif msg == 'wrong id': result(id + 77, '1')
    elif msg == 'close': started(id); os.close(4); time.sleep(1000)
    elif msg == 'half': started(id); write(b'{"type":"result","id":%d,"result_bytes":100}\nhalf' % id); os._exit(0)
    elif msg == 'await cancel':
        started(id)
        seen = [request(), request()]
        cancel = [x for x in seen if x['type'] == 'cancel'][0]
        answer(type='dropped', id=cancel['id'])
        result(id, '"first"')
    elif msg == 'pid': quick(id, b'%d' % os.getpid())
    else: quick(id, json.dumps(msg).encode())
