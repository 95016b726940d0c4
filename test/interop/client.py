"""A stranger to our code: python-socketio as Debian packages it talks to a real server. Usage: client.py URL TRANSPORT"""
import json
import os
import sys
import threading
import traceback
import urllib.request
import uuid

import socketio

url, transport = sys.argv[1:3]
PAGE = 15


def rest(method, path, body=None, token=None):
    request = urllib.request.Request(f'{url}/api/v1{path}', method=method, data=None if body is None else json.dumps(body).encode())
    if body is not None:
        request.add_header('Content-Type', 'application/json')
    if token is not None:
        request.add_header('Authorization', f'Bearer {token}')
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Person:
    def __init__(self, name):
        username = f'{name}-{uuid.uuid4().hex[:8]}'
        signed_in = rest('POST', '/auth/register', {'name': name.title(), 'username': username, 'email': f'{username}@example.org', 'password': 'correct horse battery'})
        self.id = signed_in['user']['id']
        self.token = signed_in['accessToken']
        self.heard = []
        self.news = threading.Condition()
        self.socket = socketio.Client(reconnection=False)
        for name in ('new_message', 'message_updated', 'member_joined', 'typing', 'read'):
            self.socket.on(name, self.listener(name))
        self.socket.connect(url, auth={'token': self.token}, transports=[transport])
        assert self.socket.transport() == transport, self.socket.transport()

    def listener(self, name):
        def hear(payload):
            with self.news:
                self.heard.append((name, payload))
                self.news.notify_all()
        return hear

    def ask(self, event, **body):
        ack = self.socket.call(event, body, timeout=10)
        assert ack['ok'], (event, ack)
        return ack['data']

    def refused(self, event, *body):
        ack = self.socket.call(event, body if len(body) != 1 else body[0], timeout=10)
        assert not ack['ok'], (event, ack)
        return ack['error']['code']

    def hears(self, name, fits):
        def found():
            return next((payload for heard, payload in self.heard if heard == name and fits(payload)), None)
        with self.news:
            assert self.news.wait_for(lambda: found() is not None, 10), (name, [heard for heard, _ in self.heard])
            return found()


def refused_handshake():
    stranger = socketio.Client(reconnection=False)
    said = []
    stranger.on('connect_error', lambda data: said.append(data))
    try:
        stranger.connect(url, auth={'token': 'a.b.c'}, transports=[transport])
    except socketio.exceptions.ConnectionError:
        return said[0]['data']['code'] if said and isinstance(said[0], dict) else 'refused'
    raise AssertionError('connected with nonsense')


def page_back(person, room_id):
    seen, timestamp, pages = [], 0, 0
    while True:
        page = person.ask('fetch_messages', roomId=room_id, timestamp=timestamp)
        assert len(page['messages']) <= PAGE
        seen = [message['text'] for message in page['messages']] + seen
        pages += 1
        if not page['hasMore']:
            return seen, pages
        timestamp = page['nextTimestamp']


def conversation():
    assert refused_handshake() in ('unauthenticated', 'refused')
    alice, bob = Person('alice'), Person('bob')
    slug = f'python-{uuid.uuid4().hex[:8]}'
    room = alice.ask('join_room', room=slug, create=True)['room']
    said = [f'message {i}' for i in range(1, 41)]
    for text in said:
        alice.ask('new_message', roomId=room['id'], clientId=str(uuid.uuid4()), text=text)

    joined = bob.ask('join_room', room=slug)
    assert [message['text'] for message in joined['messages']] == said[-PAGE:] and joined['hasMore']
    alice.hears('member_joined', lambda push: push['member']['userId'] == bob.id)

    client_id = str(uuid.uuid4())
    sent = bob.ask('new_message', roomId=room['id'], clientId=client_id, text='grüße \U0001F600')
    assert bob.ask('new_message', roomId=room['id'], clientId=client_id, text='grüße \U0001F600') == {'message': sent['message'], 'duplicate': True}
    message = alice.hears('new_message', lambda push: push['clientId'] == client_id)
    assert message == sent['message'] and message['text'] == 'grüße \U0001F600'

    bob.ask('edit_message', messageId=message['id'], text='greetings')
    assert alice.hears('message_updated', lambda push: push['id'] == message['id'])['text'] == 'greetings'
    alice.ask('add_reaction', messageId=message['id'], emoji='\U0001F44D')
    assert bob.hears('message_updated', lambda push: push['reactions'])['reactions'] == [{'emoji': '\U0001F44D', 'count': 1, 'userIds': [alice.id]}]
    assert alice.refused('edit_message', {'messageId': message['id'], 'text': 'mine'}) == 'forbidden'
    assert alice.refused('no_such_event', {}) == 'unknown_event'
    assert alice.refused('typing', 1) == 'bad_arguments'
    alice.ask('new_message', roomId=room['id'], clientId=str(uuid.uuid4()), text='one more')
    bob.hears('new_message', lambda push: push['seq'] == 42)
    assert bob.ask('mark_read', roomId=room['id'], seq=42) == {'readSeq': 42, 'unread': 0}
    alice.hears('read', lambda push: push['userId'] == bob.id and push['readSeq'] == 42)
    alice.ask('typing', roomId=room['id'], typing=True)
    bob.hears('typing', lambda push: push['userId'] == alice.id and push['typing'])

    history, pages = page_back(bob, room['id'])
    assert history == said + ['greetings', 'one more'], history
    assert pages == 3, pages
    for person in (alice, bob):
        person.socket.disconnect()
    print(json.dumps({'transport': transport, 'messages': len(history), 'pages': pages}))


try:
    conversation()
except BaseException:
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)  # The client's threads would keep the process for ever.
